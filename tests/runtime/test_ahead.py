"""Phrases and question marks over a model whose numbers were written down."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from autocomplete.ahead import Ahead, Path
from autocomplete.lexicon import Lexicon
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel, TableModel


def _model(tokenizer: Tokenizer, table: Mapping[str, Mapping[str, float]]) -> TableModel:
    """Write a model down by words; what is not written is shared out evenly."""
    rows = {
        tuple(tokenizer.encode(before)): {tokenizer.encode(after)[0]: p for after, p in following.items()}
        for before, following in table.items()
    }
    return TableModel(tokenizer.vocab_size, {(): {}} | rows)


def _path(tokenizer: Tokenizer, table: Mapping[str, Mapping[str, float]], context: str) -> Path:
    model = _model(tokenizer, table)
    return Path(model, model.start(tokenizer.encode(context)))


FORWARD = {" tomorrow": {" and": 0.9}, " and": {" then": 0.8}, " then": {" the": 0.9}, " the": {" door": 0.9}}


def _any(word: str) -> bool:
    return True


@pytest.fixture
def ahead(tokenizer: Tokenizer, lexicon: Lexicon) -> Ahead:
    return Ahead(lexicon, tokenizer)


def test_the_longest_run_that_is_sure_enough_is_given_with_its_probability(ahead: Ahead, tokenizer: Tokenizer) -> None:
    phrase = ahead.phrase(_path(tokenizer, FORWARD, " tomorrow"), _any, sure=0.5)
    assert phrase is not None
    assert phrase.words == ("and", "then", "the")
    ended = 1 - (1 - 0.9) / (tokenizer.vocab_size - 1) * sum(not b for b in tokenizer.is_boundary)
    assert math.exp(phrase.logprob) == pytest.approx(0.9 * 0.8 * 0.9 * ended, rel=1e-3)
    shorter = ahead.phrase(_path(tokenizer, FORWARD, " tomorrow"), _any, sure=0.66)
    assert shorter is not None
    assert shorter.words == ("and", "then")
    assert ahead.phrase(_path(tokenizer, FORWARD, " tomorrow"), _any, sure=0.8) is None


def test_one_word_is_no_phrase_and_a_sentence_end_ends_it(ahead: Ahead, tokenizer: Tokenizer) -> None:
    table = {" tomorrow": {" and": 0.95}, " and": {".": 0.9}}
    assert ahead.phrase(_path(tokenizer, table, " tomorrow"), _any, sure=0.5) is None
    table = {" tomorrow": {" and": 0.95}, " and": {" then": 0.95}, " then": {".": 0.95}}
    phrase = ahead.phrase(_path(tokenizer, table, " tomorrow"), _any, sure=0.5)
    assert phrase is not None
    assert phrase.words == ("and", "then")


def test_words_that_are_begun_count(ahead: Ahead, tokenizer: Tokenizer) -> None:
    phrase = ahead.phrase(
        _path(tokenizer, FORWARD, " tomorrow"), _any, begun=["tomorrow"], logprob=math.log(0.9), sure=0.55
    )
    assert phrase is not None
    assert phrase.words == ("tomorrow", "and", "then")


def test_words_that_may_not_be_offered_end_it(ahead: Ahead, lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    assert ahead.phrase(_path(tokenizer, FORWARD, " tomorrow"), lambda word: word != "then", sure=0.5) is None
    word, rest = tokenizer.encode(" damn")[0], tokenizer.encode(" slur")
    assert rest != [word]
    table = {(tokenizer.encode(" tomorrow")[0],): {tokenizer.encode(" and")[0]: 0.99}}
    table |= {(tokenizer.encode(" and")[0],): {rest[0]: 0.99}}
    for place in range(len(rest)):
        following = rest[place + 1] if place + 1 < len(rest) else tokenizer.encode(".")[0]
        table[tuple(rest[: place + 1])] = {following: 0.99}
    model = TableModel(tokenizer.vocab_size, {(): {}} | table)
    state = model.start(tokenizer.encode(" tomorrow"))
    assert ahead.phrase(Path(model, state), _any, sure=0.5) is None
    open_minded = Ahead(lexicon, tokenizer, offensive=True).phrase(Path(model, state), _any, sure=0.5)
    assert open_minded is not None
    assert open_minded.words == ("and", "slur")


def test_a_sloppy_spelling_is_shown_as_its_word(ahead: Ahead, tokenizer: Tokenizer) -> None:
    dont = tokenizer.encode(" dont")
    table = {(tokenizer.encode(" you")[0],): {dont[0]: 0.99}}
    for place in range(len(dont)):
        following = dont[place + 1] if place + 1 < len(dont) else tokenizer.encode(" the")[0]
        table[tuple(dont[: place + 1])] = {following: 0.99}
    table[(tokenizer.encode(" the")[0],)] = {tokenizer.encode(".")[0]: 0.9}
    model = TableModel(tokenizer.vocab_size, {(): {}} | table)
    phrase = ahead.phrase(Path(model, model.start(tokenizer.encode(" you"))), _any, sure=0.5)
    assert phrase is not None
    assert phrase.words == ("don't", "the")


def test_nothing_is_computed_where_the_first_word_is_unsure(ahead: Ahead, tokenizer: Tokenizer) -> None:
    model = RandomModel(tokenizer.vocab_size)
    assert ahead.phrase(Path(model, model.start([2])), _any, sure=0.99) is None
    assert model.calls == 0


def test_a_path_takes_no_more_tokens_than_a_search_has_room_for(tokenizer: Tokenizer) -> None:
    model = RandomModel(tokenizer.vocab_size)
    path = Path(model, model.start([2]))
    assert not path.follow([5] * 20)
    assert path.follow([5] * 3)
    assert path.length == model.calls == 3
    assert (path.row == model.row((2, 5, 5, 5))).all()


def test_the_probability_of_a_question_mark_adds_up_its_pieces(ahead: Ahead, tokenizer: Tokenizer) -> None:
    marks = [token for token, piece in enumerate(tokenizer.pieces) if piece in ("?", "▁?")]
    model = TableModel(tokenizer.vocab_size, {(): dict.fromkeys(marks, 0.3)})
    assert ahead.question(Path(model, model.start([2]))) == pytest.approx(0.3 * len(marks), abs=1e-3)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("how are you", True),
        ("Hello. How are you", True),
        ("well, do you", True),
        ("ok so where is it", True),
        ("u coming", True),
        ("I know how you are. Fine", False),
        ("This is it", False),
        ("Is it? I think", False),
        ("", False),
    ],
)
def test_what_begins_as_a_question(ahead: Ahead, text: str, asks: bool) -> None:
    assert ahead.asks(text) is asks
