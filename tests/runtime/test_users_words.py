"""The user's words made ready for a search: which the lexicon lists, what is held of the others, what is let go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import autocomplete
from autocomplete.channel import Channel
from autocomplete.counts import Counts
from autocomplete.engine import Autocompleter
from autocomplete.lexicon import VARIANT, Lexicon, key_of
from autocomplete.personal_data import PersonalData
from autocomplete.users_words import MOST, UsersWords


@pytest.fixture(scope="module")
def engine() -> Autocompleter:
    """The built-in engine, for its word list."""
    return autocomplete.load()


def _words(engine: Autocompleter, counts: Counts) -> UsersWords:
    channel = Channel(engine._lexicon, engine._errors)
    return UsersWords(counts, engine._lexicon, channel, lambda word: True)


def _group(lexicon: Lexicon, word: str) -> int | None:
    """The slow way."""
    for at in lexicon.exactly(key_of(word)):
        if lexicon.forms[at].lower() == word and not lexicon.flags[at] & VARIANT:
            return int(lexicon.group[at])
    return None


def test_the_group_of_every_word_is_found_at_once(engine: Autocompleter) -> None:
    lexicon, counts = engine._lexicon, Counts()
    words = [lexicon.forms[at].lower() for at in range(0, len(lexicon), 5)]
    words += ["dont", "don't", "zorblatt", "it's", "its", "café", "cafe", "日本", "i", "i'm", "im", "u.s"]
    for word in dict.fromkeys(words):
        counts.add_word(word, word, uses=2)
    found = _words(engine, counts).follow()
    for word in dict.fromkeys(words):
        assert found.group_of(word) == _group(lexicon, word), word
    assert found.group_of("neverseen") is None
    listed = {found.names[slot]: group for slot, group in enumerate(found.groups.tolist()) if group >= 0}
    assert listed == {word: group for word in words if (group := _group(lexicon, word)) is not None}
    assert set(found.own_starting("zor", whole=False)) == {"zorblatt"}


def test_words_that_come_later_are_held_too(engine: Autocompleter) -> None:
    counts = Counts()
    words = _words(engine, counts).follow()
    for number in range(300):
        name = "zor" + "".join("bdfgklmnpr"[int(digit)] + "a" for digit in str(number))
        counts.add_word(name, name, uses=2)
        assert words.follow().own_starting(name, whole=True) == [name]
    counts.add_word("hello", "hello", uses=1)
    slot = counts.words.slots["hello"]
    assert np.flatnonzero(~words.follow().is_own).tolist() == [slot]
    before = words.weights[slot]
    counts.add_word("hello", "hello", uses=1)
    assert words.follow().weights[slot] > before
    counts.add_word("hello", "hello", uses=-2)
    assert words.follow().weights[slot] == 0
    assert words.is_own.all()


def test_a_word_used_once_waits_and_one_that_goes_is_let_go(engine: Autocompleter) -> None:
    counts = Counts()
    counts.add_word("zorbla", "Zorbla", uses=1)
    words = _words(engine, counts).follow()
    assert words.own_starting("zor", whole=False) == []
    counts.add_word("zorbla", "Zorbla", uses=1)
    assert words.follow().own_starting("zor", whole=False) == ["zorbla"]
    del counts.words["zorbla"]
    counts.forget(["zorbla"])
    assert words.follow().own_starting("zor", whole=False) == []
    assert "zorbla" not in words.names


def test_only_so_many_own_words_are_held_the_added_ones_first(engine: Autocompleter) -> None:
    counts = Counts()
    letters = "bdfgklmnpr"
    for number in range(MOST + 200):
        name = "zor" + "".join(letters[int(digit)] + "a" for digit in f"{number:04}")
        counts.add_word(name, name, uses=2)
    counts.add_word("zzanneke", "Zzanneke", kept=1)
    words = _words(engine, counts).follow()
    assert len(words.own_starting("zor", whole=False)) == MOST - 1
    assert words.own_starting("zza", whole=False) == ["zzanneke"]


def test_a_store_of_thousands_is_made_ready_once(engine: Autocompleter, tmp_path: Path) -> None:
    data = PersonalData(tmp_path / "user.db")
    data.add_words(["Zorbla"])
    words = _words(engine, data.counts).follow()
    held = words._own[0]
    data.counts.add_word("hello", "hello", uses=1)
    assert words.follow()._own[0] is held
    data.forget("Zorbla")
    assert words.follow()._own[0] is not held
    data.close()
