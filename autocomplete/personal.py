"""What a user is likely to write next, from what was written before, and how much it counts beside the language model.

Owns the probabilities and the rule of which learned words are offered. `counts.py` holds the numbers, `learning.py`
watches a text field and says what was finished. Every question is answered in microseconds.

A hierarchy of Dirichlet priors (MacKay & Peto 1995, "A hierarchical Dirichlet language model"): the language model is
the prior of the user's pairs, these the prior of the triples,

    P(w | a b) = (c(a b w) + s3 P(w | b)) / (c(a b) + s3)
    P(w | b)   = (c(b w) + s2 P(w)) / (c(b) + s2)
    P(w)       = u c(w) / c + v r(w) / r + (1 - u - v) P_lm(w)     u = U c / (c + s1), v = V r / (r + sr)

with r the uses of late. The language model is not asked for a word that the list lacks: what the user wrote tells more
of a name than a model that has never met it. For such a word, and besides for one that the user added,

    P_lm(w) = c(w) / (c + a / A + s1) + A a(w) / (a + sa)

stands in its place, where a counts the words that were added by hand or put back after a correction: own words are the
part A of a text, however many names there are, and who adds a name means to write it, however much else was written
since. Listed words lose nothing by it, since a search never spends what the model leaves to unlisted ones.

So the weight of the user grows with what was seen of the place. Counts fade with time, uses of late with every word
(`recency.py`). The strengths s2, s3 follow the number of different followers, as Witten and Bell (1991) estimate how
often something new comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autocomplete import privacy
from autocomplete.followers import Followers
from autocomplete.increments import Context
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.personal_data import PersonalData
from autocomplete.typed_words import GAP, START, PlacedWord, fold
from autocomplete.unknown_words import UnknownWords

_USES: Final = 2
"""after which an unknown word is offered"""
_USES_IF_SLIP: Final = 4
"""the same if it is one letter away from a common word"""
_KEPT_COUNTS: Final = 6
"""uses that adding a word by hand, or putting it back after a correction, counts for where it is told from a slip"""
_AGAINST_COUNTS: Final = 2
"""uses that deleting or correcting a finished word takes back"""


class PersonalOptions(NamedTuple):
    """How far the user's own text is trusted. Chosen on dialogues held out from the language model's training."""

    word_share: float = 0.1
    """most that the user's words without regard to place may count: U above"""
    word_strength: float = 300.0
    """words after which they count half of that: s1 above"""
    recent_share: float = 0.05
    """most that the words used lately may count besides: V above"""
    recent_strength: float = 100.0
    """sr above"""
    own_part: float = 0.03
    """of a text that is words which the list lacks: A above"""
    added_strength: float = 30.0
    """words added after which they count half of that: sa above"""
    pair_strength: float = 20.0
    triple_strength: float = 5.0
    """s2 and s3 above, per different follower, one at least"""


class Learned(NamedTuple):
    """What a finished word added, to be taken back if it is undone."""

    word: PlacedWord
    contexts: tuple[Context, ...]
    deliberate: bool


class UsersPlace(NamedTuple):
    """What is known of a place: what followed, and the share of each level in the sum."""

    pairs: Followers | None
    triples: Followers | None
    pair_factor: float
    """a pair's weight times this is its part of the probability"""
    triple_factor: float
    word_factor: float
    recent_factor: float
    """the same for uses of late"""
    own_factor: float
    """and, besides, for the uses of words that the word list lacks, and of words added"""
    added_factor: float
    """and for the times that a word was added"""
    rest: float
    """what is left to the language model"""


class PersonalModel:
    """Learns words and what follows what; answers what the user is likely to write."""

    def __init__(self, data: PersonalData, lexicon: Lexicon, options: PersonalOptions | None = None) -> None:
        self.data = data
        self.counts = counts = data.counts
        self.options = options or PersonalOptions()
        self._lexicon = lexicon
        self._unknown = UnknownWords(lexicon)
        self.when_settled: list[Callable[[str, list[tuple[int, int]]], None]] = []
        """called with a text and the places of what was learned in it, once the user has gone on"""
        counts.when_dropped.append(lexicon.clear)

    # ---- asking

    @property
    def blocked(self) -> frozenset[str]:
        """Folded words that are never offered."""
        return self.counts.blocked

    def weight(self, context: tuple[str, str], *, remember: bool = True) -> float:
        """Give what the user's own text counts beside the language model in a place, 0 <= weight < 1."""
        return 1 - self.place(context, remember).rest

    def predict(self, context: tuple[str, str], key: str = "", *, remember: bool = True) -> dict[str, float]:
        """Give the shares of the words that may be offered and whose key begins with `key`, in no order.

        Without `remember` the question leaves nothing behind in memory.
        """
        place = self.place(context, remember)
        begun = [word for word in list(self.counts.words) if key_of(word).startswith(key) and self.is_offered(word)]
        return dict(zip(begun, self.shares(begun, place), strict=True))

    def is_known(self, word: str) -> bool:
        """Tell whether a word is listed or was learned well enough to be offered: such a word is not corrected."""
        folded = fold(word)
        return self._lexicon.lists(folded) or self.is_offered(folded)

    def is_offered(self, folded: str) -> bool:
        """Tell whether a learned word may be offered.

        A listed word always. Any other from its second use on, if it was not deleted as often; one that may be a slip
        for a common word needs more: four uses, or two that were surely meant. A word that the user added or put back
        after a correction is offered at once. Deleting and correcting count against, so that a slip that was learned
        fades as it is put right.
        """
        judged = self.counts.judged.get(folded)
        if judged is None or "offered" not in judged:
            offered = self._judge(folded)
            if folded not in self.counts.words:
                return offered  # leaves nothing behind of a word that is not kept
            judged = self.counts.judged.setdefault(folded, {})
            judged["offered"] = offered
        return judged["offered"]

    def _judge(self, folded: str) -> bool:
        row = self.counts.words.get(folded)
        if folded in self.counts.blocked:
            return False
        if self._lexicon.lists(folded):
            return row is not None
        if row is None or (row.uses < _USES and not row.kept):
            return False
        evidence = row.uses + row.deliberate + _KEPT_COUNTS * row.kept - _AGAINST_COUNTS * row.against
        return evidence >= _USES and (evidence >= _USES_IF_SLIP or not self._unknown.may_be_slip(folded))

    def form_of(self, folded: str) -> str:
        """Give the way a word is written inside a sentence: the user's, or the word list's."""
        judged = self.counts.judged.setdefault(folded, {}) if folded in self.counts.words else {}
        if "form" not in judged:
            forms = self.counts.forms(folded)
            usual = self._lexicon.usual(folded)
            most = max(forms, key=lambda form: (forms[form], form == folded), default=None)
            judged["form"] = usual if usual and (most is None or forms[most] < _USES) else most or folded
        return judged["form"]

    # ---- learning

    def may_learn(self, form: str, before: str) -> bool:
        """Tell whether a word may be learned: no number, nothing that looks like a secret, nothing blocked.

        `Krzysztof` looks like a secret too, but for its capital.
        """
        folded = form.lower()
        if folded in self.counts.blocked or not privacy.may_learn(form, before):
            return False
        is_name = bool(before) and form[:1].isupper() and form[1:].islower()
        return is_name or self._lexicon.lists(folded) or not self._unknown.looks_random(folded)

    def may_be_slip(self, form: str) -> bool:
        """Tell whether a word that is neither listed nor known well enough is one letter away from a common one."""
        folded = fold(form)
        return not self._lexicon.lists(folded) and not self.is_offered(folded) and self._unknown.may_be_slip(folded)

    def learn(self, typed: PlacedWord, *, deliberate: bool = False) -> Learned:
        """Count a finished word.

        A triple is counted only if the pair it begins with was written before, so that a sentence written once cannot
        be put together from triples.
        """
        first, second = typed.context
        named = typed.form[:1].isupper() and not typed.starts_sentence
        deliberate = deliberate or (named and not self._lexicon.lists(typed.word))
        contexts: list[Context] = [(second,)] if second != GAP else []
        if second not in (GAP, START) and first != GAP:
            followers = self.counts.followers((first,))
            if followers and followers.uses_of(second) >= _USES:
                contexts.append((first, second))
        learned = Learned(typed, tuple(contexts), deliberate)
        self._count(learned, 1)
        return learned

    def undo(self, learned: Learned) -> None:
        """Take back what a word added."""
        self._count(learned, -1)

    def reject(self, learned: Learned) -> None:
        """Count against a word that was offered in a place, taken and then deleted."""
        for context in learned.contexts:
            followers = self.counts.followers(context)
            if followers and followers.uses_of(learned.word.word) > 0:
                self.counts.add_follower(context, learned.word.word, -1)

    def oppose(self, folded: str) -> None:
        """Count against a word that was deleted or corrected after it was finished."""
        if folded in self.counts.words and not self._lexicon.lists(folded):
            self.counts.add_word(folded, folded, against=1)
            self.data.touch(learned=True)

    def keep(self, form: str) -> None:
        """Offer a word from now on: it was put back after a correction."""
        folded = fold(form)
        self.counts.add_word(folded, form, kept=1)
        self.data.touch(learned=True)

    def _count(self, learned: Learned, sign: int) -> None:
        typed = learned.word
        lone_capital = typed.starts_sentence and typed.form[:1].isupper() and typed.form[1:] == typed.word[1:]
        self.counts.add_word(
            typed.word,
            typed.form,
            mid_sentence=not lone_capital,
            uses=sign,
            deliberate=sign * learned.deliberate,
        )
        for context in learned.contexts:
            self.counts.add_follower(context, typed.word, sign)
        self.data.touch(learned=True)

    # ---- the sum

    def place(self, context: tuple[str, str], remember: bool = True) -> UsersPlace:
        """Look up what is known of a place."""
        first, second = context
        options, counts = self.options, self.counts
        now = 1 / counts.clock.scale()
        words = counts.total * now
        word_weight = options.word_share * words / (words + options.word_strength)
        pairs = counts.followers((second,), remember=remember) if second != GAP else None
        triples = None
        if second not in (GAP, START) and first != GAP:
            triples = counts.followers((first, second), remember=remember)
        rest, pair_factor, triple_factor = 1.0, 0.0, 0.0
        if triples:
            strength = options.triple_strength * len(triples.weights)
            triple_factor = now / (triples.total * now + max(1.0, strength))
            rest *= 1 - triples.total * triple_factor
        if pairs:
            strength = options.pair_strength * len(pairs.weights)
            pair_factor = now / (pairs.total * now + max(1.0, strength))
            pair_factor, rest = rest * pair_factor, rest * (1 - pairs.total * pair_factor)
        word_factor = rest * word_weight / counts.total if counts.total > 0 else 0.0
        recent = counts.recent.total
        recent_factor = rest * options.recent_share / (recent + options.recent_strength)
        rest -= word_factor * counts.total + recent_factor * recent
        own_factor = rest * now / (words + counts.kept / options.own_part + options.word_strength)
        added_factor = rest * options.own_part / (counts.kept + options.added_strength)
        return UsersPlace(
            pairs, triples, pair_factor, triple_factor, word_factor, recent_factor, own_factor, added_factor, rest
        )

    def share(self, word: str, place: UsersPlace) -> float:
        """Give the user's part of the probability of a folded word: all but `rest` times that of the language model."""
        return self.shares([word], place)[0]

    def shares(self, words: Iterable[str], place: UsersPlace) -> list[float]:
        """Give the same of several words."""
        rows, recent = self.counts.words, self.counts.recent.uses
        pairs = place.pairs.weights if place.pairs else {}
        triples = place.triples.weights if place.triples else {}
        shares = []
        for word in words:
            share = place.pair_factor * pairs.get(word, 0.0) + place.triple_factor * triples.get(word, 0.0)
            row = rows.get(word)
            if row:
                share += place.word_factor * row.weight + place.recent_factor * recent(word)
                if row.kept or not self._lexicon.lists(word):
                    share += place.own_factor * row.weight + place.added_factor * row.kept
            shares.append(share)
        return shares

    def shares_by_slot(
        self, place: UsersPlace, weights: NDArray[np.float64], added: NDArray[np.int64], is_own: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Give the same of all words that were learned, by slot (`learned_words.py`): float64 [slots].

        Parameters
        ----------
        place : UsersPlace
            Where.
        weights : float64 [slots]
            Of the words, relative to the epoch.
        added : int64 [slots]
            How often each was added.
        is_own : bool [slots]
            Those that the word list lacks.
        """
        words = self.counts.words
        shares = weights * np.where(is_own | (added > 0), place.word_factor + place.own_factor, place.word_factor)
        shares += place.added_factor * added
        for level, factor in ((place.pairs, place.pair_factor), (place.triples, place.triple_factor)):
            if level:
                level.add_to(shares, factor, words)
        self.counts.recent.add_to(shares, place.recent_factor, words)
        return shares
