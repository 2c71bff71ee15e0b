"""From a bundle to an engine: `load`, with all that may be chosen.

Owns what is made of which section and which choice. What is only for users that are followed is brought in only then.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from autocomplete import text as rules
from autocomplete.attested import Attested
from autocomplete.bundle import ATTESTED, LEXICON, PIECES, read
from autocomplete.engine import Autocompleter
from autocomplete.error_model import ErrorModel
from autocomplete.extras import Wanted
from autocomplete.layout import Layout, load_layout
from autocomplete.lexicon import Lexicon
from autocomplete.lm import LanguageModel
from autocomplete.store_check import Check
from autocomplete.tflite_lm import TFLiteModel
from autocomplete.tokenizer import SPECIALS, Tokenizer

if TYPE_CHECKING:
    from autocomplete.adaptation import Adaptation
    from autocomplete.personal import PersonalModel
    from autocomplete.personal_data import PersonalData, Trouble

_BUILT_IN = "en.bundle"


def load(
    bundle: str | os.PathLike[str] | None = None,
    *,
    layout: str | os.PathLike[str] | Layout = "qwerty",
    offensive: bool = False,
    tolerant: bool = True,
    hindsight: bool = True,
    emoji: bool = True,
    questions: bool = True,
    phrases: bool = False,
    user: str | os.PathLike[str] | PersonalData | None = None,
    user_trouble: Trouble = "raise",
    user_key: bytes | None = None,
    adapter: str | os.PathLike[str] | None = None,
    adapt: bool = True,
) -> Autocompleter:
    """Load a bundle and make an engine of it.

    Parameters
    ----------
    bundle : path, optional
        The bundle to load; the English one of the package by default.
    layout : str, path or Layout
        The keyboard that is typed on, which says what key errors are likely: "qwerty", "qwertz", "azerty", "dvorak", or
        a file of one's own.
    offensive : bool
        Offer offensive words too.
    tolerant : bool
        Allow for key errors and misspellings; without it, only words that go on from what is typed are offered, and
        nothing is corrected.
    hindsight : bool
        Offer the word before anew, and correct it, once what follows tells that it was another.
    emoji : bool
        Offer the emoji that a word plainly means after the words, and emoji by their names (`:joy`); in English.
    questions : bool
        Offer a question mark after the words where the sentence surely ends with one.
    phrases : bool
        Offer two or three words at once after the words, where they are surely what follows.
    user : path or PersonalData, optional
        Where what the user writes is learned; made if there is none. Without it nothing is learned.
    user_trouble : "raise", "without" or "anew"
        If that file cannot be used: raise the error; go on without learning, with a warning; or, if it is damaged, move
        it beside and begin anew, with a warning.
    user_key : bytes, optional
        32 bytes that the file is encrypted with, kept by the app; needs `pip install 'autocomplete[encrypted]'`.
    adapter : path, optional
        An adapter for a subject, made for the model of this bundle with `python -m training adapter`.
    adapt : bool
        Also train an adapter for the user in the background, kept in their store and used as long as it helps.

    Raises
    ------
    BundleError, StoreError, AdapterError, RuntimeMissing, ValueError
        Each says what was found and what to do.
    """
    check = None if user is None else _begin(user, user_key)
    keyboard = layout if isinstance(layout, Layout) else load_layout(layout)
    opened = read(built_in_bundle() if bundle is None else Path(bundle))
    tokenizer = Tokenizer(opened.sections[PIECES])
    lexicon = Lexicon.from_bytes(opened.sections[LEXICON])
    lm: LanguageModel = TFLiteModel.from_bundle(opened)
    names = (opened.model, opened.checksum)
    if adapter is not None:
        lm, names = _with_subject(lm, adapter, names)
    data = None if user is None else _user_data(user, user_trouble, user_key, check)
    adaptation = None
    if data and data.learns and adapt:
        lm, adaptation = _adapting(lm, tokenizer, lexicon, names, data)
    return Autocompleter(
        lm,
        tokenizer,
        lexicon,
        errors=ErrorModel(keyboard, lexicon.letters),
        attested=Attested.from_bytes(opened.sections.get(ATTESTED)),
        offensive=offensive,
        tolerant=tolerant,
        checksum=opened.checksum,
        user=_personal(data, lexicon) if data else None,
        adaptation=adaptation,
        extras=Wanted(emoji=emoji and opened.manifest.language == "en", questions=questions, phrases=phrases),
        hindsight=hindsight,
    )


Names: TypeAlias = tuple[str, str]
"""Of a model: the one it has, and the one it had before adapters outlived a new word list."""


def _with_subject(lm: LanguageModel, adapter: str | os.PathLike[str], names: Names) -> tuple[LanguageModel, Names]:
    """Put the adapter for a subject into a model; give the names of both together, too."""
    from autocomplete.adapted_lm import AdaptedModel
    from autocomplete.adapter_file import read as read_adapter

    subject = read_adapter(adapter, model=names[0], vocab_size=lm.vocab_size, formerly=names[1])
    model, formerly = (f"{name}+{subject.checksum}" for name in names)
    return AdaptedModel(lm, subject.snapshot.adapter), (model, formerly)


def _begin(user: str | os.PathLike[str] | PersonalData, key: bytes | None) -> Check | None:
    """Bring in what follows a user, and look for damage in their file, while the bundle is read."""
    threading.Thread(target=_bring_in, name="autocomplete-user").start()
    return Check(user, key) if isinstance(user, str | os.PathLike) else None


def _bring_in() -> None:
    """Load the modules that follow a user: much of what a bundle takes leaves the interpreter to others."""
    with suppress(Exception):  # whoever needs them next is told
        for name in ("personal", "blending", "adaptation"):
            import_module(f"autocomplete.{name}")


def _user_data(
    user: str | os.PathLike[str] | PersonalData, trouble: Trouble, key: bytes | None, check: Check | None
) -> PersonalData:
    from autocomplete.personal_data import PersonalData

    return user if isinstance(user, PersonalData) else PersonalData(user, trouble=trouble, key=key, check=check)


def _personal(data: PersonalData, lexicon: Lexicon) -> PersonalModel:
    from autocomplete.personal import PersonalModel

    return PersonalModel(data, lexicon)


def _adapting(
    lm: LanguageModel, tokenizer: Tokenizer, lexicon: Lexicon, names: Names, data: PersonalData
) -> tuple[LanguageModel, Adaptation]:
    """Give a model that can be adapted to the user, and what trains the adapter."""
    from autocomplete.adaptation import Adaptation
    from autocomplete.adapted_lm import AdaptedModel

    adapted = AdaptedModel(lm)
    return adapted, Adaptation(
        adapted,
        lambda text: tokenizer.encode_context(rules.recase(rules.normalise(text), lexicon.usual, lexicon.only)),
        np.flatnonzero(tokenizer.is_boundary)[len(SPECIALS) :].astype(np.int32),
        model=names[0],
        formerly=names[1],
        data=data,
    )


def built_in_bundle() -> Path:
    """Give the path of the English bundle inside the package."""
    return Path(str(files("autocomplete") / _BUILT_IN))
