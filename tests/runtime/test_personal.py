"""What a user is likely to write: the sum against a slow twin, the weight, the rule of which words are offered."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete.learning import Observer, learn_lines
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from autocomplete.typed_words import GAP, START, fold, words_of
from autocomplete.users_part import PersonalOptions
from tests.fakes import WordList

LISTED = dict.fromkeys(("see", "you", "soon", "tomorrow", "then", "I", "met", "at", "Monday", "and", "the"), -5.0)


@pytest.fixture
def model() -> PersonalModel:
    """A model that has learned nothing, in memory."""
    return PersonalModel(PersonalData(), WordList(LISTED))


def _write(model: PersonalModel, *lines: str) -> None:
    learn_lines(model, lines)


class _Naive:
    """The sum of the module's docstring, from lists of n-grams, without fading."""

    def __init__(self, lines: list[str], options: PersonalOptions) -> None:
        self.o = options
        self.words: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.triples: Counter[tuple[str, str, str]] = Counter()
        self.order: list[str] = []
        for line in lines:
            for word in words_of(line)[0]:
                first, second = word.context
                self.order.append(word.word)
                self.words[word.word] += 1
                if second not in (START, GAP) and self.pairs[first, second] >= 2:
                    self.triples[first, second, word.word] += 1
                if second != GAP:
                    self.pairs[second, word.word] += 1

    def level(self, counts: Counter, context: tuple[str, ...], word: str, strength: float, below: float) -> float:
        found = {ngram[-1]: count for ngram, count in counts.items() if ngram[:-1] == context}
        if not found:
            return below
        s = max(1.0, strength * len(found))
        return (found.get(word, 0) + s * below) / (sum(found.values()) + s)

    def probability(self, word: str, context: tuple[str, str], lm: float) -> float:
        n = self.words.total()
        u = self.o.word_share * n / (n + self.o.word_strength)
        recent = [(0.5 ** (ago / 200), other) for ago, other in enumerate(reversed(self.order))]
        r = sum(weight for weight, _ in recent)
        v = self.o.recent_share * r / (r + self.o.recent_strength)
        if word not in LISTED:
            lm = self.words[word] / (n + self.o.word_strength)
        used = sum(weight for weight, other in recent if other == word)
        p = u * self.words[word] / n + v * used / r + (1 - u - v) * lm
        p = self.level(self.pairs, context[1:], word, self.o.pair_strength, p)
        if context[1] in (START, GAP):
            return p
        return self.level(self.triples, context, word, self.o.triple_strength, p)


WORDS = ["see", "you", "soon", "then", "at", "Anneke"]
LINES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join))


@settings(deadline=None, max_examples=60)
@given(LINES.filter(bool), st.sampled_from([0.0, 0.01, 0.4]))
def test_the_sum_is_that_of_the_docstring(lines: list[str], lm: float) -> None:
    model = PersonalModel(PersonalData(), WordList(LISTED))
    _write(model, *lines)
    naive = _Naive(lines, model.options)
    for context in itertools.product([START, "see", "you", GAP, "never"], ["see", "you", START, "never"]):
        weight = model.weight(context)
        assert 0 <= weight < 1
        for word in ("see", "you", "then", "anneke"):
            mixed = (1 - weight) * lm * (word in LISTED) + model.share(word, model.place(context))
            assert mixed == pytest.approx(naive.probability(word, context, lm), rel=1e-3, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(LINES, LINES, st.lists(st.sampled_from(["Zorblatt", "soon"])))
def test_shares_of_all_words_at_once_are_those_of_each(lines: list[str], later: list[str], names: list[str]) -> None:
    """Also those of words that came, changed or went since the arrays were made."""
    model = PersonalModel(PersonalData(), WordList(LISTED))
    words, listed = model.counts.words, {form.lower() for form in LISTED}

    def compare() -> None:
        uses, added, weights = words.table()
        assert [(row.uses, row.kept) for row in words.values()] == [
            (uses[slot], added[slot]) for slot in words.slots.values()
        ]
        is_own = np.array([name not in listed for name in words.names], np.bool_)
        for context in itertools.product(["see", START, GAP], ["you", "see", START, "never"]):
            place = model.place(context)
            shares = model.shares_by_slot(place, weights, added, is_own)
            assert shares[list(words.slots.values())] == pytest.approx(model.shares(words, place), rel=1e-9)
            assert shares[[slot for slot, name in enumerate(words.names) if not name]] == pytest.approx(0.0)

    _write(model, *lines)
    model.data.add_words(names)
    compare()
    observer = Observer(model)
    observer.observe("see Qwertz you then Zorla ")
    compare()
    observer.observe("see Qwertz ")
    compare()
    _write(model, *later)
    compare()


@settings(deadline=None, max_examples=40)
@given(LINES.filter(bool))
def test_probabilities_add_up_to_one(lines: list[str]) -> None:
    model = PersonalModel(PersonalData(), WordList(LISTED))
    _write(model, *lines)
    for context in [(START, START), ("see", "you"), ("you", "at")]:
        place = model.place(context)._replace(
            own_factor=0.0, added_factor=0.0
        )  # that part is the language model's to leave
        shares = [model.share(word, place) for word in model.counts.words]
        assert sum(shares) == pytest.approx(model.weight(context), rel=1e-9)


def test_own_words_are_a_part_of_a_text_however_many_were_added(model: PersonalModel) -> None:
    names = [f"Zor{letter}{other}la" for letter in "abcdefghij" for other in "klmnopqrst"]
    model.data.add_words(names[:1])
    alone = model.share("zorakla", model.place((GAP, GAP)))
    assert 0.001 < alone < model.options.own_part
    model.data.add_words(names)
    place = model.place((GAP, GAP))
    together = sum(model.share(fold(name), place) for name in names)
    assert alone < together < 2 * model.options.own_part + model.options.word_share
    _write(model, *["see you soon then"] * 500)
    place = model.place((GAP, GAP))
    assert model.share("zorakla", place) > model.share("zorblla", place)  # added twice
    assert model.share("zorblla", place) > 1e-4


def test_who_adds_a_word_means_to_write_it_as_much_as_who_wrote_it_twice_long_ago(model: PersonalModel) -> None:
    _write(model, "met Anneke at", "met Anneke at", *["see you soon then"] * 500)
    model.data.add_words(["Zorblatt"])
    place = model.place((GAP, GAP))
    assert model.share("zorblatt", place) > model.share("anneke", place)


def test_an_added_word_counts_though_it_is_listed(model: PersonalModel) -> None:
    _write(model, *["see you soon at Monday then"] * 200)
    before = model.share("tomorrow", model.place((GAP, GAP)))
    model.data.add_words(["tomorrow"])
    after = model.share("tomorrow", model.place((GAP, GAP)))
    assert before == 0
    assert after > 1e-3


def test_a_word_used_lately_is_likelier(model: PersonalModel) -> None:
    _write(model, "met Anneke at", "met Zorbla at", *["see you soon then"] * 100, "met Zorbla at", "met Anneke at")
    _write(model, "see you soon then", "met Zorbla at")
    place = model.place((GAP, GAP))
    assert model.share("zorbla", place) > 1.4 * model.share("anneke", place)
    assert model.share("anneke", place) > 2.5e-3
    model.data.forget("Zorbla")
    assert model.counts.recent.uses("zorbla") == 0


def test_the_weight_grows_with_evidence(model: PersonalModel) -> None:
    weights = [model.weight(("see", "you"))]
    for _ in range(6):
        _write(model, "see you soon")
        weights.append(model.weight(("see", "you")))
    assert weights[0] == 0
    assert weights == sorted(weights)
    assert weights[-1] > 0.6
    assert model.weight(("met", "at")) < 0.05


def test_more_different_followers_are_less_trusted() -> None:
    same, mixed = (PersonalModel(PersonalData(), WordList(LISTED)) for _ in range(2))
    _write(same, *["at soon"] * 4)
    _write(mixed, "at soon", "at then", "at you", "at Monday")
    assert same.weight((START, "at")) > mixed.weight((START, "at"))


def test_a_place_never_seen_offers_the_users_words(model: PersonalModel) -> None:
    assert model.predict(("see", "you")) == {}
    _write(model, "see you tomorrow")
    found = model.predict(("never", "seen"), "to")
    assert list(found) == ["tomorrow"]


def test_letters_choose_among_the_candidates(model: PersonalModel) -> None:
    _write(model, "see you soon", "see you then", "see you Anneke-Marie", "see you Anneke-Marie")
    assert set(model.predict(("see", "you"), "s")) == {"soon", "see"}
    assert set(model.predict(("see", "you"), "anneke-m")) == {"anneke-marie"}
    assert model.predict(("see", "you"), "x") == {}


# ---- which words are offered


def test_a_name_used_twice_is_offered(model: PersonalModel) -> None:
    _write(model, "I met Anneke at")
    assert not model.is_offered("anneke")
    assert "anneke" not in model.predict(("i", "met"), "an")
    _write(model, "I met Anneke at")
    assert model.is_offered("anneke")
    assert "anneke" in model.predict(("i", "met"), "an")
    assert model.form_of("anneke") == "Anneke"
    assert model.is_known("Anneke")


def test_a_slip_is_not_offered_however_it_came_twice(model: PersonalModel) -> None:
    _write(model, "see you tomorow", "see you tomorow", "see you tomorow")
    assert not model.is_offered("tomorow")
    assert not model.is_known("tomorow")
    _write(model, "see you tomorow")
    assert model.is_offered("tomorow")  # four times and never put right: it is meant


def test_deliberate_uses_count_twice(model: PersonalModel) -> None:
    for _ in range(2):
        observer = Observer(model)
        observer.observe("you tomorow ", deliberate=True)
    assert model.is_offered("tomorow")


def test_a_capital_inside_a_sentence_is_deliberate(model: PersonalModel) -> None:
    _write(model, "see Thew at", "see Thew at")  # one letter away from "then" and "the"
    assert model.is_offered("thew")


def test_a_word_put_right_later_fades(model: PersonalModel) -> None:
    _write(model, *["see you tomorow"] * 4)
    assert model.is_offered("tomorow")
    model.oppose("tomorow")
    assert not model.is_offered("tomorow")


def test_a_kept_word_is_offered_at_once_and_fades_too(model: PersonalModel) -> None:
    model.keep("Tomorow")
    assert model.is_offered("tomorow")
    assert model.form_of("tomorow") == "Tomorow"
    for _ in range(3):
        model.oppose("tomorow")
    assert not model.is_offered("tomorow")


def test_a_listed_word_is_not_counted_against(model: PersonalModel) -> None:
    _write(model, "see you soon")
    for _ in range(5):
        model.oppose("soon")
    assert model.is_offered("soon")
    model.oppose("neverseen")
    assert model.data.counts.word("neverseen") is None


def test_a_rejected_word_is_less_likely_in_its_place(model: PersonalModel) -> None:
    _write(model, *["see you soon"] * 5)
    before = model.predict(("see", "you"))["soon"]
    learned = model.learn(words_of("see you soon")[0][-1])
    model.undo(learned)
    assert model.predict(("see", "you"))["soon"] == pytest.approx(before, rel=0.02)  # what is recent has moved on
    model.reject(learned)
    assert model.predict(("see", "you"))["soon"] < 0.95 * before


def test_a_blocked_word_is_neither_offered_nor_learned(model: PersonalModel) -> None:
    _write(model, "see Anneke at", "see Anneke at")
    model.data.block("Anneke")
    _write(model, "see Anneke at")
    assert not model.is_offered("anneke")
    assert model.data.counts.word("anneke") is None
    assert model.blocked == {"anneke"}
    model.data.unblock("anneke")
    _write(model, "see Anneke at", "see Anneke at")
    assert model.is_offered("anneke")


def test_the_users_casing_wins_once_it_was_used_twice(model: PersonalModel) -> None:
    _write(model, "see you monday")
    assert model.form_of("monday") == "Monday"
    _write(model, "see you monday")
    assert model.form_of("monday") == "monday"


def test_a_capital_that_begins_a_sentence_says_little(model: PersonalModel) -> None:
    _write(model, "Haha see you", "Haha you")
    assert model.form_of("haha") == "Haha"
    _write(model, "you haha")
    assert model.form_of("haha") == "haha"


def test_no_triple_is_kept_of_a_sentence_written_once(model: PersonalModel) -> None:
    _write(model, "I met you at the soon then")
    assert all(len(context) == 1 for context in model.data.counts._unwritten.pending.followers)
    _write(model, "I met you at", "I met you then")
    assert model.data.counts.followers(("i", "met")) is not None


def test_old_uses_fade() -> None:
    from autocomplete.counts import Followers

    followers = Followers()
    followers.add("old", 4, 4 * 2.0**0)
    followers.add("new", 2, 2 * 2.0**2)  # two half-lives later
    assert followers.weights["new"] == 2 * followers.weights["old"]
    assert math.isclose(followers.total, 12)
