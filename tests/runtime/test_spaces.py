"""Missed spaces and accidental ones, priced by hand."""

from __future__ import annotations

import math

import pytest

from autocomplete.channel import Channel
from autocomplete.error_model import ErrorModel
from autocomplete.layout import load_layout
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.spaces import SpaceErrors
from autocomplete.tokenizer import Tokenizer
from tests.fakes import FakeState, RandomModel, TableModel


@pytest.fixture
def channel(lexicon: Lexicon) -> Channel:
    """On a QWERTY keyboard, costs as they are."""
    return Channel(lexicon, ErrorModel(load_layout(), lexicon.letters), weight=1.0)


def _token(tokenizer: Tokenizer, word: str) -> int:
    (token,) = tokenizer.encode(" " + word)
    return token


@pytest.mark.parametrize(("key", "whole"), [("theto", True), ("thebto", True), ("thet", False)])
def test_two_words_without_a_space(
    tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel, key: str, whole: bool
) -> None:
    the, to = (_token(tokenizer, word) for word in ("the", "to"))
    lm = TableModel(tokenizer.vocab_size, {(2,): {the: 0.5}, (the,): {to: 0.25}, (): {3: 0.5}})
    best = SpaceErrors(lm, lexicon, channel).split(lm.start([2]), key, whole=whole)[0]
    assert [lexicon.forms[word] for word in best.words] == ["the", "to"]
    assert best.logprob == pytest.approx(math.log(0.5) + math.log(0.25), abs=1e-4)
    cost = channel.errors.cost_for_space("b") if "b" in key else -math.log(channel.errors.rates.missed_space)
    assert best.score == pytest.approx(best.logprob - cost, abs=1e-4)
    assert lm.calls == 1


@pytest.mark.parametrize(
    ("key", "space"),
    [("thetomorrpw", None), ("rhetomorrow", None), ("thebtomorrpw", "b"), ("rhebtomorrow", "b")],
)
@pytest.mark.parametrize("touched", [False, True])
def test_one_of_two_words_may_be_mistyped_too(
    tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel, key: str, space: str | None, touched: bool
) -> None:
    the, tomorrow = (_token(tokenizer, word) for word in ("the", "tomorrow"))
    lm = TableModel(tokenizer.vocab_size, {(2,): {the: 0.5}, (the,): {tomorrow: 0.25}, (): {3: 0.5}})
    layout = channel.errors.layout
    touches = [(float(x), float(y)) for x, y in (layout.centres[layout.index[letter]] for letter in key)]
    begun = SpaceErrors(lm, lexicon, channel).split(lm.start([2]), key, touches if touched else (), whole=True)
    best = begun[0]
    assert [lexicon.forms[word] for word in best.words] == ["the", "tomorrow"]
    assert best.logprob == pytest.approx(math.log(0.5) + math.log(0.25), abs=1e-4)
    cost = channel.errors.cost_for_space(space) if space else -math.log(channel.errors.rates.missed_space)
    start = 0 if key.startswith("rhe") else key.index("tomorrpw")
    part, meant = (key[:3], "the") if start == 0 else (key[start:], "tomorrow")
    word = lexicon.exactly(meant)[0]
    cost += float(channel.match(part, touches[start : start + len(part)] if touched else (), whole=True)[word])
    assert best.score == pytest.approx(best.logprob - cost, abs=1e-3)
    assert len({pair.words for pair in begun}) == len(begun)


def test_where_two_words_are_likely_none_is_taken_for_mistyped(
    tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel
) -> None:
    the, to = (_token(tokenizer, word) for word in ("the", "to"))
    lm = TableModel(tokenizer.vocab_size, {(2,): {the: 0.5}, (the,): {to: 0.25}, (): {3: 0.5}})
    assert len(SpaceErrors(lm, lexicon, channel).split(lm.start([2]), "theto", whole=True)) == 1
    assert lm.calls == 1


@pytest.mark.parametrize(("key", "typed"), [("thevtheme", "theme"), ("thevthwme", "thwme")])
@pytest.mark.parametrize("comes_first", [False, True])
def test_one_of_two_words_may_be_of_several_pieces(
    tokenizer: Tokenizer, key: str, typed: str, comes_first: bool
) -> None:
    lexicon = Lexicon.from_rows([("the", -5.0, ""), ("theme", -13.0, "")], tokenizer)
    word, theme = (lexicon.exactly(key_of(form))[0] for form in ("the", "theme"))
    channel = Channel(lexicon, ErrorModel(load_layout(), lexicon.letters), weight=1.0)
    if comes_first:
        key, path = f"{typed}vthe", lexicon.pieces_of(theme) + lexicon.pieces_of(word)
    else:
        path = lexicon.pieces_of(word) + lexicon.pieces_of(theme)
    assert len(path) > 3
    lm = RandomModel(tokenizer.vocab_size)
    (found,) = SpaceErrors(lm, lexicon, channel).split(lm.start([2]), key, whole=True)
    assert found.words == ((theme, word) if comes_first else (word, theme))
    alone = sum(float(lm.row((2, *path[:place]))[token]) for place, token in enumerate(path))
    assert found.logprob == pytest.approx(alone, abs=1e-3)
    cost = channel.errors.cost_for_space("v") + float(channel.match(typed, whole=True)[theme])
    assert found.score == pytest.approx(alone - cost, abs=1e-3)


@pytest.mark.parametrize("key", ["t", "zz", "qqqq", "thezzz"])
def test_no_two_words(tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel, key: str) -> None:
    lm = TableModel(tokenizer.vocab_size, {(): {3: 0.5}})
    assert SpaceErrors(lm, lexicon, channel).split(lm.start([2]), key, whole=True) == []
    assert lm.calls == 0


def test_one_word_with_a_space(tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel) -> None:
    to, today = (_token(tokenizer, word) for word in ("to", "today"))
    lm = TableModel(tokenizer.vocab_size, {(2,): {to: 0.2, today: 0.4}})
    joined = SpaceErrors(lm, lexicon, channel).join(lambda: lm.start([2]), "to", "day", whole=True)
    assert joined is not None
    assert [lexicon.forms[word] for word in joined.words] == ["today"]
    assert joined.logprob == pytest.approx(math.log(0.4 / 0.2), abs=1e-4)
    assert joined.score == pytest.approx(joined.logprob + math.log(channel.errors.rates.accidental_space), abs=1e-4)


def test_one_word_whose_letter_was_a_space(tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel) -> None:
    """`to orrow`: the space bar was hit for `m`; `tom` alone is no word of one piece."""
    tomorrow, to = (_token(tokenizer, word) for word in ("tomorrow", "to"))
    lm = TableModel(tokenizer.vocab_size, {(2,): {to: 0.2, tomorrow: 0.4}})
    spaces = SpaceErrors(lm, lexicon, channel)
    joined = spaces.join(lambda: lm.start([2]), "to", "orrow", whole=True)
    assert joined is not None
    assert [lexicon.forms[word] for word in joined.words] == ["tomorrow"]
    assert joined.logprob == pytest.approx(math.log(0.4 / 0.2), abs=1e-4)
    assert joined.score == pytest.approx(joined.logprob - channel.errors.costs_of_space()["m"], abs=1e-4)
    fragment = spaces.join(lambda: lm.start([2]), "tomor", "ow", whole=True)
    assert fragment is None
    fragment = spaces.join(lambda: lm.start([2]), "tomorr", "ow", whole=True)
    assert fragment is not None
    assert fragment.logprob == pytest.approx(math.log(0.4) + 16, abs=1e-4)  # a fragment is no word by itself


def test_where_no_word_can_be_joined_nothing_is_read(tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel) -> None:
    def read() -> FakeState:
        raise AssertionError("the context before was read for nothing")

    spaces = SpaceErrors(TableModel(tokenizer.vocab_size, {}), lexicon, channel)
    assert spaces.join(read, "t", "o", whole=True) is None  # two single letters
    assert spaces.join(read, "to", "zzz", whole=True) is None
    assert spaces.join(read, "zzz", "to", whole=True) is None


def test_offensive_words_have_no_part(tokenizer: Tokenizer, lexicon: Lexicon, channel: Channel) -> None:
    lm = TableModel(tokenizer.vocab_size, {(): {3: 0.5}})
    found = SpaceErrors(lm, lexicon, channel).split(lm.start([2]), "theslur", whole=False)
    assert not {"slur", "slurs"} & {lexicon.forms[word] for pair in found for word in pair.words}
