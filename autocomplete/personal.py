"""What a user writes, learned, and which of the learned words are offered.

Owns the rule of what is learned and what is offered. `counts.py` holds the numbers, `users_part.py` sums them up,
`learning.py` watches a text field and says what was finished.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from autocomplete import privacy
from autocomplete.increments import Context
from autocomplete.lexicon import Lexicon, key_of
from autocomplete.personal_data import PersonalData
from autocomplete.typed_words import GAP, START, PlacedWord, fold
from autocomplete.unknown_words import UnknownWords
from autocomplete.users_part import PersonalOptions, UsersPart

_USES: Final = 2
"""after which an unknown word is offered"""
_USES_IF_SLIP: Final = 4
"""the same if it is one letter away from a common word"""
_KEPT_COUNTS: Final = 6
"""uses that adding a word by hand, or putting it back after a correction, counts for where it is told from a slip"""
_AGAINST_COUNTS: Final = 2
"""uses that deleting or correcting a finished word takes back"""


class Learned(NamedTuple):
    """What a finished word added, to be taken back if it is undone."""

    word: PlacedWord
    contexts: tuple[Context, ...]
    deliberate: bool


class PersonalModel(UsersPart):
    """Learns words and what follows what; answers what the user is likely to write."""

    def __init__(self, data: PersonalData, lexicon: Lexicon, options: PersonalOptions | None = None) -> None:
        super().__init__(data.counts, lexicon, options)
        self.data = data
        self._unknown = UnknownWords(lexicon)
        self.when_settled: list[Callable[[str, list[tuple[int, int]]], None]] = []
        """called with a text and the places of what was learned in it, once the user has gone on"""
        self.counts.when_dropped.append(lexicon.clear)

    # ---- asking

    @property
    def blocked(self) -> frozenset[str]:
        """Folded words that are never offered."""
        return self.counts.blocked

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
