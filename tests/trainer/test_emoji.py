"""The list of emoji: what is offered unasked, and that what is written is what the runtime reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from autocomplete.emoji import EmojiList
from training import emoji as step

LISTED = {
    "🍕": ["pizza", "cheese", "two words", "x:y"],
    "📺": ["television", "tv"],
    "⌚": ["watch", "time"],
    "♋": ["cancer"],
    "🤔": ["thinking_face", "hmm"],
    "🎈": ["balloon"],
    "🧑‍🍳": ["man cook"],
    "🏴": ["black_flag"],
    "🇫🇷": ["flag_france"],
    "👍": ["thumbs-up", "yes"],
}
FREQUENCIES = {"pizza": -9.7, "television": -10.2, "watch": -7.3, "cancer": -10.2, "thinking": -8.1, "black": -8.0}
FREQUENCIES |= {"flag": -10.0, "france": -10.0, "man": -7.6, "cook": -10.3, "thumbs": -11.0, "up": -6.0}


@pytest.fixture(autouse=True)
def few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the tables, which are for the whole list."""
    monkeypatch.setattr(step, "PLAIN", {"cheese": "🍕"})
    monkeypatch.setattr(step, "SHORTCODES", {"+1": "👍"})


def test_words_that_mean_an_emoji_are_its_whole_name_and_neither_frequent_nor_ambiguous() -> None:
    said = {entry.emoji: entry.plain for entry in step.entries(LISTED, FREQUENCIES)}
    assert said == {
        "🍕": ("pizza", "cheese"),
        "📺": (),  # may be meant otherwise
        "⌚": (),  # frequent
        "♋": (),
        "🤔": (),
        "🎈": (),  # not in the word list: how frequent it is, is not known
        "🧑‍🍳": (),
        "🏴": ("black flag",),
        "🇫🇷": (),
        "👍": ("thumbs up",),
    }


def test_keywords_that_can_be_typed_are_kept() -> None:
    first, *_, last = step.entries(LISTED, FREQUENCIES)
    assert first.keywords == ("cheese", "two_words")
    assert (last.name, last.shortcodes) == ("thumbs_up", ("+1",))


def test_a_word_for_an_emoji_that_is_not_listed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "PLAIN", {"rocket": "🚀"})
    with pytest.raises(ValueError, match='"rocket" is for 🚀'):
        step.entries(LISTED, FREQUENCIES)


def test_the_command_writes_what_the_runtime_reads(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(json.dumps(LISTED), encoding="utf8")
    (tmp_path / "LICENSE").write_text("The MIT License\nby A. Person\n", encoding="utf8")
    (tmp_path / "lexicon.tsv").write_text("".join(f"{w}\t{f}\t\n" for w, f in FREQUENCIES.items()), encoding="utf8")
    paths = [str(tmp_path / name) for name in ("list.json", "LICENSE", "lexicon.tsv", "out.gz")]
    result = CliRunner().invoke(
        step.main, [paths[0], "--licence", paths[1], "--lexicon", paths[2], "--out", paths[3]], catch_exceptions=False
    )
    assert "10 emoji, 4 words" in result.output
    emoji = EmojiList(tmp_path / "out.gz")
    assert emoji.every() == list(LISTED)
    assert emoji.meant("some cheese") == "🍕"
    assert emoji.named(":+1", 2) == ["👍"]
