"""Which forms are listed, how they are written, which are only variants."""

from __future__ import annotations

import lzma
import math
from collections import Counter
from pathlib import Path

import pytest

from tests.trainer.conftest import Pipeline
from training.lexicon import LexiconConfig, build, count_forms, make, read_rows, read_word_lists, usual_forms

CONFIG = LexiconConfig(min_count=2, min_count_unknown=5)


@pytest.fixture
def lists_folder(tmp_path: Path) -> Path:
    """A folder of word lists as their makers lay them out."""
    for name in ("wordfreq", "hunspell", "names", "blocklists"):
        (tmp_path / name).mkdir()
    with lzma.open(tmp_path / "wordfreq" / "en.tsv.xz", "wt") as file:
        file.write(
            "the\t5e-2\nmay\t1e-3\nmonday\t1e-4\nzealot\t1e-6\nnonsens\t1e-7\nslur\t1e-5\nslurs\t1e-6\nslurry\t2e-5\nisn't\t1e-4\n"
        )
    (tmp_path / "hunspell" / "en.aff").write_text("SET UTF-8\nSFX S Y 1\nSFX S 0 s .\n")
    (tmp_path / "hunspell" / "en.dic").write_text("8\nthe\nmay\nMay\nMonday\nzealot/S\nslur/S\nslurry\nisn't\n")
    (tmp_path / "names" / "female.txt").write_text("# a comment\nAnna\nMay\n")
    (tmp_path / "blocklists" / "ldnoobw_en.txt").write_text("slur\ntwo words\n")
    return tmp_path


def _table(rows: list[tuple[str, float, str]]) -> dict[str, tuple[float, str]]:
    return {form: (logprob, flags) for form, logprob, flags in rows}


def test_sentence_starts_tell_nothing_about_case() -> None:
    forms, folded = count_forms(["The cat saw Anna. The end", "the cat"])
    assert forms == Counter({"cat": 2, "Anna": 1, "end": 1, "saw": 1, "the": 1})
    assert folded["the"] == 3


def test_dictionary_case_wins_and_the_sloppy_form_is_a_variant(lists_folder: Path) -> None:
    lists = read_word_lists(lists_folder, "en")
    lines = ["see you on monday then"] * 8 + ["see you on Monday then"] * 3 + ["you may go in May with Anna"] * 4
    rows = _table(build(*count_forms(lines), lists, CONFIG))
    assert rows["monday"][1] == "variant"
    assert rows["Monday"][1] == ""
    assert rows["may"][1] == rows["May"][1] == ""
    assert usual_forms([(form, *rest) for form, rest in rows.items()])("monday") == "Monday"


def test_a_rare_casing_is_listed_if_the_dictionary_has_it(lists_folder: Path) -> None:
    lines = ["we may go the way"] * 300 + ["see you in May the Way"] * 8  # each 3 % of its word
    rows = _table(build(*count_forms(lines), read_word_lists(lists_folder, "en"), CONFIG))
    assert rows["May"][1] == ""
    assert "Way" not in rows


def test_contractions_without_their_apostrophe_are_variants(lists_folder: Path) -> None:
    rows = _table(
        build(*count_forms(["it isn't so"] * 9 + ["it isnt so"] * 6), read_word_lists(lists_folder, "en"), CONFIG)
    )
    assert rows["isn't"][1] == ""
    assert rows["isnt"][1] == "variant"


def test_lists_add_rare_words_but_no_nonsense_and_mark_offence(lists_folder: Path) -> None:
    rows = _table(build(*count_forms(["the slur-ridden word"] * 9), read_word_lists(lists_folder, "en"), CONFIG))
    assert "zealot" in rows
    assert "nonsens" not in rows
    assert rows["slur"][1] == rows["slurs"][1] == rows["slur-ridden"][1] == "offensive"
    assert rows["slurry"][1] == ""


def test_slips_and_stray_letters_are_not_listed(lists_folder: Path) -> None:
    lines = ["the wrod x is here"] * 4 + ["I see a newword"] * 6
    rows = _table(build(*count_forms(lines), read_word_lists(lists_folder, "en"), CONFIG))
    assert "wrod" not in rows
    assert "x" not in rows
    assert {"I", "a", "newword"} <= rows.keys()


def test_probabilities_of_words_are_shares_of_the_corpus() -> None:
    config = LexiconConfig(min_count=1, min_count_unknown=1, corpus_share=1.0)
    rows = _table(build(*count_forms(["we go home", "we go"]), read_word_lists(None, "en"), config))
    assert rows["we"][0] == pytest.approx(math.log((2 + 0.1) / 5))
    assert rows["home"][0] == pytest.approx(math.log((1 + 0.1) / 5))


def test_the_size_is_kept() -> None:
    forms, folded = count_forms([f"word{chr(97 + i // 26)}{chr(97 + i % 26)}x " * (i + 5) for i in range(100)])
    rows = build(forms, folded, read_word_lists(None, "en"), LexiconConfig(size=30))
    assert len(rows) == 30


def test_the_file_is_read_back(pipeline: Pipeline, tmp_path: Path) -> None:
    rows = read_rows(pipeline.lexicon)
    assert rows == sorted(rows, key=lambda row: (-row[1], row[0]))
    usual = usual_forms(rows)
    assert usual("anna") == "Anna"
    assert usual("the") == "the"
    assert usual("qqq") is None
    again, attested = tmp_path / "again.tsv", tmp_path / "attested.tsv"
    make(corpus=pipeline.corpus, out=again, attested=attested, lists=None, language="en", config=LexiconConfig())
    assert attested.read_bytes() == (pipeline.lexicon.parent / "attested.tsv").read_bytes()
    assert (tmp_path / "again.tsv").read_bytes() == pipeline.lexicon.read_bytes()


def test_missing_and_broken_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--lists"):
        read_word_lists(tmp_path / "nowhere", "en")
    with pytest.raises(FileNotFoundError, match="training lexicon"):
        read_rows(tmp_path / "lexicon.tsv")
    (tmp_path / "bad.tsv").write_text("the\t-3.0\t\nword\n")
    with pytest.raises(ValueError, match=r"line 2.*1 columns"):
        read_rows(tmp_path / "bad.tsv")
