"""The user's part inside the search: against mixing the probability of every word, and what it saves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from autocomplete.beam import BeamSearch, DecodingOptions
from autocomplete.channel import Costs
from autocomplete.lexicon import VARIANT, Lexicon
from autocomplete.shares import Share, Shares
from autocomplete.tokenizer import Tokenizer
from tests import reference
from tests.fakes import RandomModel, TableModel
from tests.runtime.test_beam import as_letters_are_typed


def _search(lm: object, lexicon: Lexicon, tokenizer: Tokenizer, **options: object) -> BeamSearch:
    unlimited = {"max_rounds": 100, "pool_size": 500, "beam_threshold": 1e6}
    return BeamSearch(lm, lexicon, tokenizer.is_boundary, DecodingOptions(**{**unlimited, **options}))  # type: ignore[arg-type]


def _shares(rest: float, listed: dict[int, Share], own: dict[str, Share], lexicon: Lexicon) -> Shares:
    groups = np.array(list(listed), np.int32)
    logprobs, costs = (np.array(values, np.float64) for values in zip(*listed.values(), strict=True))
    return Shares(rest, groups, logprobs, costs, own, lexicon.trie)


def _nothing(lexicon: Lexicon, rest: float = 0.0, own: dict[str, Share] | None = None) -> Shares:
    empty = np.empty(0, np.float64)
    return Shares(rest, np.empty(0, np.int32), empty, empty, own or {}, lexicon.trie)


def _groups(lexicon: Lexicon) -> list[int]:
    return [word for word in range(len(lexicon)) if lexicon.group[word] == word and not lexicon.flags[word] & VARIANT]


@pytest.mark.parametrize("stop_early", [False, True])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_the_best_of_the_sum_are_found(
    lexicon: Lexicon, tokenizer: Tokenizer, rng: np.random.Generator, k: int, stop_early: bool
) -> None:
    lm = RandomModel(tokenizer.vocab_size, max_rounds=100)
    search = _search(lm, lexicon, tokenizer, stop_early=stop_early)
    for context in range(20, 50):
        words = (rng.random(len(lexicon)) * 6).astype(np.float32)
        words[lexicon.group != np.arange(len(lexicon))] = np.inf  # so that a word has one cost
        chosen = rng.choice(_groups(lexicon), 6, replace=False).tolist()
        rest = float(rng.uniform(0.2, 0.9))
        listed = {word: Share(math.log(rng.exponential(0.02)), float(words[word])) for word in chosen}
        own = {name: Share(math.log(rng.exponential(0.01)), float(rng.random() * 5)) for name in ("zorblatt", "anneke")}
        ref = []
        for form, score in reference.search(lm, lexicon, [2, context], words, tokenizer.is_boundary, 1000):
            word = list(lexicon.forms).index(form)
            share = listed.get(int(lexicon.group[word]))
            ref.append((math.log(rest) + math.log(math.exp(score) + (math.exp(share.score) if share else 0)), form))
        names = [(math.log(rest) + share.score, name) for name, share in own.items()]
        best = sorted([*ref, *names], reverse=True)[:k]
        shares = _shares(math.log(rest), listed, own, lexicon)
        found = search.run(lm.start([2, context]), Costs.of(lexicon, words), k, None, shares)
        comp = sorted([*((h.score, lexicon.forms[h.word]) for h in found), *names], reverse=True)[:k]
        assert [word for _, word in comp] == [word for _, word in best]
        np.testing.assert_allclose([score for score, _ in comp], [score for score, _ in best], atol=3e-4)
        assert shares.best == pytest.approx(max(names)[0])


def test_a_word_is_found_though_the_model_holds_nothing_of_it(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    first = tokenizer.encode(" the")[0]
    lm = TableModel(tokenizer.vocab_size, {(): {first: 1 - 1e-9}})
    search = _search(lm, lexicon, tokenizer, max_rounds=1)
    costs = Costs.of(lexicon, np.zeros(len(lexicon), np.float32))
    rare = int(lexicon.group[list(lexicon.forms).index("thermometer")])
    assert rare not in [h.word for h in search.run(lm.start([2]), costs, 3)]
    shares = _shares(math.log(0.5), {rare: Share(math.log(0.2), 0.0)}, {}, lexicon)
    found = {h.word: h.logprob for h in search.run(lm.start([2]), costs, 3, None, shares)}
    assert found[rare] == pytest.approx(math.log(0.5 * 0.2), abs=1e-3)


def test_a_word_of_the_user_settles_a_search_sooner(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    lm = RandomModel(tokenizer.vocab_size, beam_size=2, max_rounds=100)
    search = _search(lm, lexicon, tokenizer)
    costs = Costs.of(lexicon, np.zeros(len(lexicon), np.float32))
    own = {"anneke": Share(math.log(99), 0.0), "zorblatt": Share(math.log(98), 0.0)}
    sure = _nothing(lexicon, math.log(0.01), own)
    calls = []
    for shares in (None, sure):
        before = lm.calls
        search.run(lm.start([2, 7]), costs, 2, None, shares)
        calls.append(lm.calls - before)
    assert calls[1] < calls[0]


@pytest.mark.parametrize("k", [1, 3])
def test_what_a_model_keeps_spares_calls_and_changes_nothing(
    lexicon: Lexicon, tokenizer: Tokenizer, rng: np.random.Generator, k: int
) -> None:
    keeping, plain = RandomModel(tokenizer.vocab_size, beam_size=4), RandomModel(tokenizer.vocab_size, beam_size=4)
    searches = [(lm, _search(lm, lexicon, tokenizer, pool_size=40, max_rounds=3)) for lm in (keeping, plain)]
    for costs in as_letters_are_typed(lexicon, rng):
        chosen = rng.choice([word for word in _groups(lexicon) if costs.words[word] < np.inf], 5).tolist()
        listed = {word: Share(math.log(rng.exponential(0.02)), float(costs.words[word])) for word in chosen}
        own = {"zorblatt": Share(math.log(rng.exponential(0.02)), float(rng.random() * 5))}
        context = [2, int(rng.integers(20, 23))]
        keeping.forget_some(rng)
        spared, ref = (
            search.run(lm.start(context), costs, k, None, _shares(math.log(0.8), listed, own, lexicon))
            for lm, search in searches
        )
        assert spared == ref
    assert keeping.calls <= plain.calls - 5


def test_no_shares_change_nothing(lexicon: Lexicon, tokenizer: Tokenizer) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    search = _search(lm, lexicon, tokenizer)
    costs = Costs.of(lexicon, np.zeros(len(lexicon), np.float32))
    none = _nothing(lexicon)
    assert none.best == -math.inf
    for context in range(30, 40):
        state = lm.start([2, context])
        assert search.run(state, costs, 3, None, none) == search.run(state, costs, 3)
