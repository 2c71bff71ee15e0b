"""From what is typed of a word to the words it may become, and what each costs.

Owns which words take part and what fills the bar when a search finds too few. The letters are weighed by `channel.py`,
the sentence by `beam.py`.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autocomplete.caret import Caret
from autocomplete.casing import show
from autocomplete.channel import Channel, Costs, FirstCosts
from autocomplete.hypotheses import Hypothesis
from autocomplete.lexicon import OFFENSIVE, VARIANT, Lexicon
from autocomplete.lm import Logprobs
from autocomplete.tokenizer import Tokenizer

LOWER_BIAS: Final = -4.0
"""Log-probability that a capital typed inside a sentence begins a word that is not usually written with one."""

_FAINT: Final = 3.0
"""Nats behind the best word that goes on from the letters as typed, from which on a correction is not offered."""


class Matcher:
    """Prices the words of a lexicon for a caret."""

    def __init__(self, lexicon: Lexicon, tokenizer: Tokenizer, channel: Channel, *, offensive: bool) -> None:
        self._lexicon = lexicon
        self._channel = channel
        self._offensive = np.zeros(0, np.intp) if offensive else np.flatnonzero(lexicon.flags & OFFENSIVE)
        self._blocked = np.zeros(0, np.intp)
        self._withhold()
        self._first_costs = FirstCosts(lexicon)
        self._lower_bias = np.array([LOWER_BIAS * piece[1:2].islower() for piece in tokenizer.pieces], np.float32)

    def block(self, words: NDArray[np.intp]) -> None:
        """Say which words are not to be offered from now on, whatever they cost."""
        if words is not self._blocked:
            self._blocked = words
            self._withhold()

    def _withhold(self) -> None:
        every = np.zeros(len(self._lexicon), np.float32)
        every[self._offensive] = every[self._blocked] = np.inf
        self._withheld = np.flatnonzero(every)
        self._any_word = Costs.of(self._lexicon, every)

    def begun(self, caret: Caret) -> Costs:
        """Price the words that the prefix may be the beginning of; what is typed already is no word to offer."""
        if not caret.prefix:
            return self._any_word
        lexicon, words = self._lexicon, self._match(caret, whole=False)
        for word in lexicon.exactly(caret.key):
            # a sloppy spelling stands for its word; `us` is no reason to withhold `US`
            form = lexicon.forms[lexicon.group[word] if lexicon.flags[word] & VARIANT else word]
            shown = show(form, caret.prefix, sentence_start=caret.sentence_start, habits=caret.habits)
            if shown == caret.prefix:
                words[word] = np.inf
        return self._first_costs.under(words, self._channel.spans)

    def finished(self, caret: Caret) -> Costs:
        """Price the words that the prefix may be all of, itself among them if it is one."""
        return self._first_costs.under(self._match(caret, whole=True), self._channel.spans)

    def cost_of_typed(self, caret: Caret) -> float:
        """Give nats of having typed what was meant: nothing, but for fingers that fell beside their keys."""
        return self._channel.cost_of_typed(caret.key, caret.key_touches)

    def of_typed(self, caret: Caret, row: Logprobs) -> tuple[float, bool]:
        """Give the natural log of the probability that what is typed is all of the word, as far as it costs nothing.

        The row float32 [vocab_size] of the context tells it of words of one piece, nearly all of the frequent ones; of
        others their frequency does. Also given is whether the row did; minus infinity is that of what is no word.
        """
        lexicon, typed = self._lexicon, caret.typed.lower()
        told, frequency = -math.inf, -math.inf
        for word in lexicon.exactly(caret.key):
            if lexicon.is_variant[word] or lexicon.forms[word].lower() != typed:
                continue
            frequency = max(frequency, float(lexicon.logprobs[word]))
            pieces = lexicon.pieces_of(word)
            if len(pieces) == 1:
                told = max(told, float(row[pieces[0]]))
        return (frequency, False) if told == -math.inf < frequency else (told, True)

    def bias(self, caret: Caret) -> NDArray[np.float32] | None:
        """Give what is known of a word's first piece besides the context, float32 [vocab_size], if anything."""
        return self._lower_bias if caret.asks_for_name else None

    def likely(self, found: list[Hypothesis], costs: Costs) -> list[Hypothesis]:
        """Leave out corrections that are far less likely than a word which needs none: such words are meant."""
        as_typed = [hypothesis.score for hypothesis in found if costs.words[hypothesis.word] <= 0]
        if not as_typed:
            return found
        return [h for h in found if costs.words[h.word] <= 0 or h.score > as_typed[0] - _FAINT]

    def filled(self, found: list[Hypothesis], caret: Caret, costs: Costs, k: int) -> list[Hypothesis]:
        """See to it that k words are offered where there are as many, and that what is typed is believed."""
        if not caret.prefix:
            return found[:k]
        believed = self._with_begun(found[:k], caret, costs, k)
        return self._complete(self._with_meant(believed, caret, costs, k), costs, k)

    def _match(self, caret: Caret, *, whole: bool) -> NDArray[np.float32]:
        lexicon = self._lexicon
        key = caret.key
        words = self._channel.match(key, caret.key_touches, whole=whole)
        words[self._withheld] = np.inf
        folded = caret.typed.casefold()
        if folded != key:  # an apostrophe or an accent was typed: it is most likely meant, and an open one surely
            open_ended = not whole and folded.endswith("'")
            cost_of_mark = np.inf if open_ended or not self._channel.tolerant else self._channel.cost_of_mark
            for word in range(*lexicon.range_of(key)):
                if not lexicon.forms[word].casefold().startswith(folded):
                    words[word] += cost_of_mark
        return words

    def _with_begun(self, found: list[Hypothesis], caret: Caret, costs: Costs, k: int) -> list[Hypothesis]:
        """See to it that one word is offered which goes on from the letters as they were typed, if there is one.

        Corrections of a rare word's beginning are often likelier than the word; who meant it must still get there.
        """
        if len(found) < k or k == 1 or any(costs.words[h.word] <= 0 for h in found):
            return found
        start, end = self._lexicon.range_of(caret.key)
        matching = (costs.words[start:end] <= 0) & ((self._lexicon.flags[start:end] & VARIANT) == 0)
        words = np.flatnonzero(matching) + start
        if not len(words):
            return found
        return self._appended(found[: k - 1], int(words[np.argmax(self._lexicon.logprobs[words])]))

    def _with_meant(self, found: list[Hypothesis], caret: Caret, costs: Costs, k: int) -> list[Hypothesis]:
        """See to it that a word spelled by all of the typed letters, but for an apostrophe or accent, is offered.

        `im` may become a hundred words that fit the place better than "I'm"; who typed it is still likely to mean that.
        """
        lexicon, folded = self._lexicon, caret.typed.casefold()
        meant = [
            word
            for word in lexicon.exactly(caret.key)
            if costs.words[word] < np.inf
            and not lexicon.flags[word] & VARIANT
            and lexicon.forms[word].casefold() != folded
        ]
        if not meant or k == 1 or {h.word for h in found} & set(meant):
            return found
        likeliest = max(meant, key=lambda word: (lexicon.logprobs[word], -word))
        return self._appended(found[: k - 1], likeliest)

    def _appended(self, found: list[Hypothesis], word: int) -> list[Hypothesis]:
        """Put a word that the search did not find behind those it did; its frequency stands for its logprob."""
        logprob = float(self._lexicon.logprobs[word])
        if found:
            logprob = min(logprob, found[-1].logprob)
        return [*found, Hypothesis(word, logprob, min(logprob, found[-1].score) if found else logprob)]

    def _complete(self, found: list[Hypothesis], costs: Costs, k: int) -> list[Hypothesis]:
        """Fill up with the most frequent matching words where the search found fewer than k, uncorrected ones first."""
        lexicon = self._lexicon
        if len(found) >= k:
            return found
        taken = {int(lexicon.group[hypothesis.word]) for hypothesis in found}
        words = self._channel.matched()
        words = words[(costs.words[words] < np.inf) & ~lexicon.is_variant[words]]
        priors = lexicon.logprobs[words] - costs.words[words]
        for word in words[np.lexsort((words, -priors, costs.words[words] > 0))].tolist():
            if len(found) == k:
                break
            group = int(lexicon.group[word])
            if group not in taken:
                taken.add(group)
                found = self._appended(found, word)
        return found
