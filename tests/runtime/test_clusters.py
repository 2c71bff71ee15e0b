"""One Backspace takes what a person sees as one emoji, and a single character of everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.clusters import last_length
from autocomplete.emoji import EmojiList
from autocomplete.session import TypingSession
from tests.runtime.test_session import Corrects


@pytest.mark.parametrize(
    "emoji",
    [
        "😀",
        "❤️",
        "👍🏽",
        "👨‍👩‍👧‍👦",
        "👩🏿‍🚀",
        "🏳️‍🌈",
        "🏴‍☠️",
        "🇩🇪",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "1️⃣",
        "#⃣",
        "🧑🏻‍🤝‍🧑🏿",
        "©️",
    ],
)
@pytest.mark.parametrize("before", ["", "a", "a ", "é", "😀", "❤️", "🇫🇷"])
def test_an_emoji_goes_as_a_whole(emoji: str, before: str) -> None:
    assert last_length(before + emoji) == len(emoji)


def test_every_listed_emoji_goes_as_a_whole() -> None:
    listed = EmojiList().every()
    assert len(listed) > 1800
    assert [emoji for emoji in listed if last_length("x" + emoji) != len(emoji)] == []


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("a", 1), ("é", 1), ("e\u0301", 1), ("क्षि", 1), ("🇩", 1), ("🇩🇪🇫", 1), ("a\u200d", 1)]
)
def test_of_other_text_one_character_goes(text: str, length: int) -> None:
    assert last_length(text) == length


@given(st.text(max_size=40))
def test_it_is_never_more_than_there_is_nor_nothing_of_something(text: str) -> None:
    assert min(1, len(text)) <= last_length(text) <= len(text)


def test_a_session_deletes_whole_emoji_and_says_so() -> None:
    session = TypingSession(Corrects(), "ok 👩🏿‍🚀👍")
    session.backspace()
    assert (session.text, session.edit.delete_left, session.keystrokes) == ("ok 👩🏿‍🚀", 1, 1)
    session.backspace()
    assert (session.text, session.edit.delete_left, session.keystrokes) == ("ok ", 4, 2)


def test_several_characters_are_deleted_as_counted() -> None:
    session = TypingSession(Corrects(), "ok ❤️")
    session.backspace(2)
    assert session.text == "ok "
