"""What is offered beside words: a phrase, a question mark, an emoji, in this order, after the words and never in the
place of one.

Owns which of them are wanted and the edits that take them. What the model would write is `ahead.py`'s, the emoji are
`emoji.py`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from autocomplete import casing
from autocomplete import text as rules
from autocomplete.ahead import SURE_OF_QUESTION, SURE_OF_WORDS, Ahead, Path, Phrase
from autocomplete.caret import Caret
from autocomplete.casing import Suggestion
from autocomplete.emoji import EmojiList, name_begun
from autocomplete.lexicon import Lexicon
from autocomplete.lm import LanguageModel, State
from autocomplete.tokenizer import Tokenizer
from autocomplete.user import User


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which of them are offered."""

    emoji: bool = True
    phrases: bool = False
    questions: bool = True


class Extras:
    """Offers what is no single word.

    Parameters
    ----------
    offensive : bool
        Offer phrases with offensive words too.
    user : PersonalModel, optional
        Whose blocked words are in no phrase.
    """

    def __init__(
        self,
        lm: LanguageModel,
        lexicon: Lexicon,
        tokenizer: Tokenizer,
        wanted: Wanted,
        *,
        offensive: bool = False,
        user: User | None = None,
        emoji: EmojiList | None = None,
    ) -> None:
        self._lm = lm
        self._lexicon = lexicon
        self._tokenizer = tokenizer
        self._wanted = wanted
        self._ahead = Ahead(lexicon, tokenizer, offensive=offensive)
        self._user = user
        self._emoji = (emoji or EmojiList()) if wanted.emoji else None

    def named(self, text: str, k: int) -> list[Suggestion]:
        """Offer up to k emoji for a name that is being written, as in `:jo`."""
        name = name_begun(text) if self._emoji else None
        if self._emoji is None or name is None:
            return []
        return [_emoji(emoji, f"{emoji} ", len(name)) for emoji in self._emoji.named(name, k)]

    def beside(self, text: str, caret: Caret, state: State, words: Sequence[Suggestion]) -> list[Suggestion]:
        """Offer what goes with the words found for a caret at the end of a text."""
        offers, wanted = [], self._wanted
        asks = wanted.questions and self._may_ask(text, caret)
        path = self._typed(caret, state) if asks or wanted.phrases else None
        if asks and path is not None:
            offers.append(self._question(text, path))
        if self._wanted.phrases:
            phrase = self._phrase(caret, path, words) if path is not None else None
            offers.insert(0, phrase or self._begun_phrase(caret, state, words))
        if self._emoji is not None and (emoji := self._emoji.meant(text)):
            offers.append(_emoji(emoji, " " * (text[-1] != " ") + f"{emoji} ", 0))
        return [offer for offer in offers if offer is not None]

    def _may_ask(self, text: str, caret: Caret) -> bool:
        """Tell whether a question may end here: after a finished word, or one that may be finished."""
        return not caret.prefix or (self._lexicon.lists(caret.typed) and self._ahead.asks(text))

    def _typed(self, caret: Caret, state: State) -> Path | None:
        """Follow what is typed, if it is a word that may be finished; None if it is not."""
        path = Path(self._lm, state)
        if not caret.prefix:
            return path
        if not self._lexicon.lists(caret.typed):
            return None
        return path if path.follow(self._tokenizer.encode(" " + self._inside(caret.typed, caret))) else None

    def _inside(self, word: str, caret: Caret) -> str:
        """Give a word in the form that the model reads: without capitals of a sentence's start or a shouted line."""
        if caret.habits.shouts:
            return self._lexicon.usual(word.lower()) or word
        return rules.truecase(word, self._lexicon.usual) if caret.sentence_start else word

    def _is_allowed(self, folded: str) -> bool:
        return self._user is None or folded not in self._user.blocked

    def _question(self, text: str, path: Path) -> Suggestion | None:
        """Offer a question mark in the place of the space before the caret."""
        spaces = len(text) - len(text.rstrip(" "))
        if spaces > 1 or not text[: len(text) - spaces][-1:].isalnum():
            return None
        probability = self._ahead.question(path)
        if probability < SURE_OF_QUESTION:
            return None
        return Suggestion(
            word="?",
            insert_text="? ",
            delete_left=spaces,
            logprob=math.log(probability),
            confidence=min(1.0, probability),
            kind="punctuation",
        )

    def _phrase(self, caret: Caret, path: Path, offered: Sequence[Suggestion]) -> Suggestion | None:
        """Offer words that follow what is finished, or may be if it is none of the longer words that are offered."""
        finished = 1 - sum(word.confidence for word in offered) if caret.prefix else 1.0
        if finished < SURE_OF_WORDS:
            return None
        phrase = self._ahead.phrase(path, self._is_allowed, logprob=math.log(finished))
        if phrase is None:
            return None
        first, *others = phrase.words
        start, habits = caret.sentence_start and not caret.prefix, caret.habits
        shown = casing.show(first, "", sentence_start=start, habits=habits)
        words = " ".join([shown, *(casing.show_after(word, caret.prefix, habits) for word in others)])
        space = " " * (caret.needs_space or bool(caret.prefix))
        return _phrase(words, f"{space}{words} ", 0, phrase)

    def _begun_phrase(self, caret: Caret, state: State, words: Sequence[Suggestion]) -> Suggestion | None:
        """Offer the word that is begun with those that follow it."""
        first = next((word for word in words if caret.prefix and word.kind == "completion"), None)
        if first is None or first is not words[0] or " " in first.word:
            return None
        if first.confidence < SURE_OF_WORDS:
            return None
        path = Path(self._lm, state)
        if not path.follow(self._tokenizer.encode(" " + self._inside(first.word, caret))):
            return None
        phrase = self._ahead.phrase(path, self._is_allowed, begun=[first.word], logprob=math.log(first.confidence))
        if phrase is None:
            return None
        first_word, *others = phrase.words
        written = casing.suggest(
            " ".join([first_word, *(casing.show_after(word, caret.prefix, caret.habits) for word in others)]),
            caret.prefix,
            phrase.logprob,
            confidence=1.0,
            needs_space=caret.needs_space,
        )
        return _phrase(written.word, written.insert_text, written.delete_left, phrase)


def _emoji(emoji: str, insert_text: str, delete_left: int) -> Suggestion:
    return Suggestion(
        word=emoji, insert_text=insert_text, delete_left=delete_left, logprob=0.0, confidence=1.0, kind="emoji"
    )


def _phrase(words: str, insert_text: str, delete_left: int, phrase: Phrase) -> Suggestion:
    return Suggestion(
        word=words,
        insert_text=insert_text,
        delete_left=delete_left,
        logprob=phrase.logprob,
        confidence=min(1.0, math.exp(phrase.logprob)),
        kind="phrase",
    )
