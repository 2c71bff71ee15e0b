"""The search against scoring every word, and its score against sums made by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from autocomplete.beam import BeamSearch, DecodingOptions, boundary_logprobs
from autocomplete.channel import Costs
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.tokenizer import Tokenizer
from tests import reference
from tests.fakes import RandomModel, TableModel

UNLIMITED = DecodingOptions(max_rounds=100, pool_size=500, stop_early=False)


def _search(lm: object, lexicon: Lexicon, tokenizer: Tokenizer, options: DecodingOptions | None = None) -> BeamSearch:
    return BeamSearch(lm, lexicon, tokenizer.is_boundary, options or DecodingOptions())  # type: ignore[arg-type]


def _costs(lexicon: Lexicon, match: list[bool] | np.ndarray) -> Costs:
    return Costs.of(lexicon, np.where(match, 0, np.inf).astype(np.float32))


def _match(lexicon: Lexicon, prefix: str) -> Costs:
    return _costs(lexicon, [key_of(form).startswith(prefix) for form in lexicon.forms])


@pytest.mark.parametrize("prefix", ["", "t", "to", "tom", "i", "u", "m", "ill", "help", "caf", "zz"])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_unlimited_search_is_exhaustive(lexicon: Lexicon, tokenizer: Tokenizer, prefix: str, k: int) -> None:
    lm = RandomModel(tokenizer.vocab_size, max_rounds=100)
    search = _search(lm, lexicon, tokenizer, UNLIMITED)
    costs = _match(lexicon, prefix)
    for context in ([2], [2, 9, 30], [2, 77]):
        ref = reference.search(lm, lexicon, context, costs.words, tokenizer.is_boundary, k)
        comp = [(lexicon.forms[h.word], h.logprob) for h in search.run(lm.start(context), costs, k)]
        assert [word for word, _ in comp] == [word for word, _ in ref]
        np.testing.assert_allclose([p for _, p in comp], [p for _, p in ref], atol=2e-4)


@pytest.mark.parametrize("k", [1, 3, 8])
def test_with_costs_it_is_exhaustive_too(
    lexicon: Lexicon, tokenizer: Tokenizer, rng: np.random.Generator, k: int
) -> None:
    lm = RandomModel(tokenizer.vocab_size, max_rounds=100)
    search = _search(lm, lexicon, tokenizer, UNLIMITED)
    for context in ([2], [2, 9, 30], [2, 77]):
        words = (rng.random(len(lexicon)) * 9).astype(np.float32)
        words[rng.random(len(lexicon)) < 0.4] = np.inf
        ref = reference.search(lm, lexicon, context, words, tokenizer.is_boundary, k)
        comp = search.run(lm.start(context), Costs.of(lexicon, words), k)
        assert [lexicon.forms[h.word] for h in comp] == [word for word, _ in ref]
        np.testing.assert_allclose([h.score for h in comp], [score for _, score in ref], atol=2e-4)


def test_stopping_early_changes_nothing(lexicon: Lexicon, tokenizer: Tokenizer, rng: np.random.Generator) -> None:
    lm = RandomModel(tokenizer.vocab_size, max_rounds=100)
    patient = _search(lm, lexicon, tokenizer, UNLIMITED)
    hasty = _search(lm, lexicon, tokenizer, DecodingOptions(max_rounds=100, pool_size=500, beam_threshold=1e6))
    for context in range(20, 60):
        costs = Costs.of(lexicon, (rng.random(len(lexicon)) * 9).astype(np.float32))
        ref, comp = (search.run(lm.start([2, context]), costs, 3) for search in (patient, hasty))
        assert [h.word for h in comp] == [h.word for h in ref]


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_limited_search_scores_what_it_finds_no_higher_than_it_is(
    lexicon: Lexicon, tokenizer: Tokenizer, rounds: int
) -> None:
    lm = RandomModel(tokenizer.vocab_size, beam_size=3)
    search = _search(lm, lexicon, tokenizer, DecodingOptions(max_rounds=rounds))
    costs = _match(lexicon, "t")
    ref = dict(reference.search(lm, lexicon, [2, 5], costs.words, tokenizer.is_boundary, 100))
    found = search.run(lm.start([2, 5]), costs, 5)
    assert found
    assert lm.calls <= rounds
    for hypothesis in found:
        # of a word with several spellings some may not have been reached
        assert hypothesis.logprob <= ref[lexicon.forms[hypothesis.word]] + 1e-4


def as_letters_are_typed(lexicon: Lexicon, rng: np.random.Generator) -> Iterator[Costs]:
    """Give what the words of a lexicon cost, letter by letter, for some of them."""
    errors = (2 + rng.random(len(lexicon)) * 8).astype(np.float32)
    for word in rng.choice(len(lexicon), 60).tolist():
        key = lexicon.keys[word]
        for length in range(min(4, len(key))):
            begins = [other.startswith(key[:length]) for other in lexicon.keys]
            yield Costs.of(lexicon, np.where(begins, 0, errors).astype(np.float32))


@pytest.mark.parametrize("k", [1, 3, 4])
def test_what_a_model_keeps_spares_calls_and_changes_nothing(
    lexicon: Lexicon, tokenizer: Tokenizer, rng: np.random.Generator, k: int
) -> None:
    keeping, plain = RandomModel(tokenizer.vocab_size, beam_size=4), RandomModel(tokenizer.vocab_size, beam_size=4)
    searches = [(lm, _search(lm, lexicon, tokenizer)) for lm in (keeping, plain)]
    found: list[int] = []
    for costs in as_letters_are_typed(lexicon, rng):
        context = [2, int(rng.integers(20, 23))]
        keeping.forget_some(rng)
        spared, ref = (search.run(lm.start(context), costs, k) for lm, search in searches)
        assert spared == ref
        found += [hypothesis.word for hypothesis in ref]
    assert keeping.calls <= plain.calls - 5
    assert len(set(found)) > 15


def test_what_is_kept_does_not_do_where_a_spelling_is_still_to_be_found(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    """`US` was looked at before, `us` counts for it too, and the third word is `I` only with all that spells it."""
    tokens = {form: tokenizer.encode(" " + form)[0] for form in ("us", "US", "I", "i", "the")}
    first = {"US": 0.3, "the": 0.2, "I": 0.15, "us": 0.1, "i": 0.1}
    ends = {(token,): {3: 1 - 1e-9} for token in tokens.values()}
    lm = TableModel(tokenizer.vocab_size, {(2,): {tokens[form]: chance for form, chance in first.items()}} | ends)
    lm.kept = {(2, tokens[form]) for form in ("US", "the", "I")}
    search = _search(lm, lexicon, tokenizer)
    for k, calls in ((2, 1), (1, 1)):
        lm.kept, lm.calls = {(2, tokens[form]) for form in ("US", "the", "I")}, 0
        found = search.run(lm.start([2]), _costs(lexicon, [form in tokens for form in lexicon.forms]), k)
        expected = [("US", 0.4), ("I", 0.25)][:k]
        assert [(lexicon.forms[h.word], round(math.exp(h.logprob), 4)) for h in found] == expected
        assert lm.calls == calls
    lm.kept, lm.calls = {(2, tokens["the"])}, 0
    (found,) = search.run(lm.start([2]), _costs(lexicon, [form in ("the", "i") for form in lexicon.forms]), 1)
    assert lexicon.forms[found.word] == "the" and lm.calls == 0


def test_a_search_depends_on_its_arguments_alone(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    search = _search(lm, lexicon, tokenizer)
    cases = [([2, context], prefix) for context in (5, 80) for prefix in ("", "t", "do", "he")]
    fresh = [_search(lm, lexicon, tokenizer).run(lm.start(c), _match(lexicon, p), 3) for c, p in cases]
    for _ in range(2):
        assert [search.run(lm.start(c), _match(lexicon, p), 3) for c, p in reversed(cases)] == fresh[::-1]


def test_the_probability_that_the_word_ends_decides(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    word, inside = tokenizer.encode(" the"), tokenizer.encode(" then")
    assert len(word) == 1
    first, dot = word[0], tokenizer.encode(".")[0]
    lm = TableModel(
        tokenizer.vocab_size,
        {(2,): {first: 0.5, inside[0]: 0.3}, (first,): {dot: 0.1}, (inside[0],): {dot: 0.9}},
    )
    is_boundary = np.zeros(tokenizer.vocab_size, bool)
    is_boundary[dot] = True
    search = BeamSearch(lm, lexicon, is_boundary, DecodingOptions())
    costs = _costs(lexicon, [form in ("the", "then") for form in lexicon.forms])
    found = {lexicon.forms[h.word]: h.logprob for h in search.run(lm.start([2]), costs, 2)}
    assert found == {
        "the": pytest.approx(math.log(0.5) + math.log(0.1), abs=1e-4),
        "then": pytest.approx(math.log(0.3) + math.log(0.9), abs=1e-4),
    }


def test_spellings_add_up_and_the_likelier_casing_is_shown(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    tokens = {form: tokenizer.encode(" " + form) for form in ("us", "US", "I", "i")}
    table = {(2,): {tokens["us"][0]: 0.1, tokens["US"][0]: 0.3, tokens["I"][0]: 0.05, tokens["i"][0]: 0.2}}
    ends = {(pieces[-1],): {3: 1 - 1e-9} for pieces in tokens.values()}
    assert all(len(pieces) == 1 for pieces in tokens.values())
    lm = TableModel(tokenizer.vocab_size, table | ends)
    costs = _costs(lexicon, [form in tokens for form in lexicon.forms])
    found = _search(lm, lexicon, tokenizer).run(lm.start([2]), costs, 3)
    assert [(lexicon.forms[h.word], round(math.exp(h.logprob), 4)) for h in found] == [("US", 0.4), ("I", 0.25)]


def test_a_bias_counts_once_for_the_first_piece(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    lm = RandomModel(tokenizer.vocab_size, max_rounds=100)
    search, costs = _search(lm, lexicon, tokenizer, UNLIMITED), _match(lexicon, "t")
    plain = {h.word: h.logprob for h in search.run(lm.start([2]), costs, 50)}
    bias = -np.arange(tokenizer.vocab_size, dtype=np.float32) / 100
    biased = {h.word: h.logprob for h in search.run(lm.start([2]), costs, 50, bias)}
    assert biased == {
        word: pytest.approx(logprob + bias[lexicon.pieces_of(word)[0]], abs=1e-4) for word, logprob in plain.items()
    }


def test_equal_scores_go_to_the_lower_word(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    lm = TableModel(tokenizer.vocab_size, {(): {3: 0.5}})
    lm.row = lambda path: np.full(tokenizer.vocab_size, -np.log(tokenizer.vocab_size), np.float32)  # type: ignore[method-assign]
    found = _search(lm, lexicon, tokenizer).run(lm.start([2]), _match(lexicon, ""), 5)
    assert found == sorted(found, key=lambda h: (-h.logprob, h.word))


def test_one_call_is_enough_where_whole_words_lead(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    token = tokenizer.encode(" tomorrow")[0]
    lm = TableModel(tokenizer.vocab_size, {(2,): {token: 0.9}, (token,): {3: 0.99}, (): {3: 0.5}})
    _search(lm, lexicon, tokenizer).run(lm.start([2]), _match(lexicon, "tomorrow"), 1)
    assert lm.calls == 1


def test_nothing_matches_nothing_is_asked(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    assert _search(lm, lexicon, tokenizer).run(lm.start([2]), _match(lexicon, "zz"), 3) == []
    assert lm.calls == 0


def test_boundary_is_what_continuing_leaves(rng: np.random.Generator) -> None:
    logits = rng.standard_normal((5, 40)).astype(np.float32)
    logprobs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    is_boundary = rng.random(40) < 0.6
    ref = np.log(np.exp(logprobs[:, is_boundary]).sum(1))
    np.testing.assert_allclose(boundary_logprobs(logprobs, np.flatnonzero(~is_boundary)), ref, atol=1e-5)


@pytest.mark.parametrize("setting", [{"max_rounds": 0}, {"pool_size": 0}, {"beam_threshold": 0.0}])
def test_senseless_options_are_refused(setting: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(setting))):
        DecodingOptions(**setting)
