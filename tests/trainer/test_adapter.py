"""An adapter for a subject: it makes text of the subject cheaper that it has not seen, and it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import autocomplete
from autocomplete import adapter_file, bundle, errors
from autocomplete.engine import Autocompleter
from autocomplete.loading import built_in_bundle
from tests.subject_text import LINES
from training.__main__ import main
from training.adapter import make

BUNDLE = built_in_bundle()


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], list[str]]:
    """The adapter of the made-up ward, its figures and what was said while it was made."""
    folder = tmp_path_factory.mktemp("subject")
    (folder / "ward.txt").write_text("\n".join(LINES), encoding="utf8")
    said: list[str] = []
    figures = make([folder / "ward.txt"], BUNDLE, folder / "ward.adapter", epochs=4, progress=said.append)
    return folder / "ward.adapter", figures, said


def _words(engine: Autocompleter, text: str) -> list[str]:
    return [suggestion.word for suggestion in engine.suggest(text)]


def test_lines_held_out_cost_less(subject: tuple[Path, dict[str, Any], list[str]]) -> None:
    path, figures, said = subject
    assert figures["held_out"]["adapted"] < figures["held_out"]["plain"] - 1
    assert (figures["lines"], figures["name"], figures["bytes"]) == (len(LINES), "ward", path.stat().st_size)
    assert path.stat().st_size < 400_000
    assert len(said) >= figures["epochs"]


def test_words_of_the_subject_come_first(subject: tuple[Path, dict[str, Any], list[str]]) -> None:
    plain, adapted = autocomplete.load(), autocomplete.load(adapter=subject[0])
    for text, word in (("The d", "diagnosis"), ("with ac", "acute"), ("No signs of in", "infection")):
        assert word not in _words(plain, text)
        assert word in _words(adapted, text)
    assert _words(adapted, "See you tomo")[0] == "tomorrow"
    session = adapted.session()
    session.type("The d")
    assert session.suggestions == adapted.suggest("The d")


def test_a_user_may_have_an_adapter_over_it(subject: tuple[Path, dict[str, Any], list[str]], tmp_path: Path) -> None:
    with_both = autocomplete.load(adapter=subject[0], user=tmp_path / "user.db")
    assert with_both.adaptation
    assert "diagnosis" in _words(with_both, "The d")
    with with_both.session() as session:
        session.type("The patient has hypertension")
    with_both.adaptation.finish()
    with_both.close()
    with pytest.warns(RuntimeWarning, match=r"made for the model .*it begins anew"):
        autocomplete.load(user=tmp_path / "user.db").close()


def test_the_same_text_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "ward.txt").write_text("\n".join(LINES), encoding="utf8")
    for name in ("one", "two"):
        make([tmp_path / "ward.txt"], BUNDLE, tmp_path / name, epochs=1, name="ward")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_adapter_of_another_bundle_is_refused(
    subject: tuple[Path, dict[str, Any], list[str]], tmp_path: Path
) -> None:
    kept = adapter_file.read(subject[0], model=bundle.read(BUNDLE).model, vocab_size=12_288)
    other = adapter_file.AdapterFile(model="00" * 32, snapshot=kept.snapshot)
    adapter_file.write(tmp_path / "other.adapter", other)
    with pytest.raises(errors.AdapterMismatch, match="load a bundle of that model"):
        autocomplete.load(adapter=tmp_path / "other.adapter")


def test_text_that_teaches_nothing_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("too little\n" * 19)
    with pytest.raises(ValueError, match="19 lines of text: give at least 20"):
        make([text], BUNDLE, tmp_path / "x.adapter")
    lines = ["zxq zxq zxq zxq zxq zxq zxq zxq"] * 9 + ["See you tomorrow at the station."]
    text.write_text("\n".join(lines * 4))
    with pytest.raises(ValueError, match="does not make the lines held out cheaper"):
        make([text], BUNDLE, tmp_path / "x.adapter", epochs=1)
    assert not (tmp_path / "x.adapter").exists()
    text.write_bytes(b"caf\xe9\n" * 30)
    with pytest.raises(ValueError, match="not UTF-8 text"):
        make([text], BUNDLE, tmp_path / "x.adapter")


def test_the_command_prints_figures_and_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "ward.txt").write_text("\n".join(LINES[:30]), encoding="utf8")
    arguments = ["adapter", str(tmp_path / "ward.txt"), "--out", str(tmp_path / "x.adapter"), "--epochs", "1"]
    result = CliRunner().invoke(main, [*arguments, "--name", "ward"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["name"] == "ward"
    assert "bits a piece" in result.stderr
    failed = CliRunner().invoke(main, ["adapter", str(tmp_path / "none.txt"), "--out", str(tmp_path / "y.adapter")])
    assert failed.exit_code == 1
    assert "none.txt" in failed.stderr
