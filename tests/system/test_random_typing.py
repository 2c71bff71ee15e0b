"""Random streams of keys, deletions, acceptances and corrections on the built-in bundle, with all there is to offer.

Nothing is raised, an app that applies the edits holds the session's text, and a fresh engine offers the same.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autocomplete
from autocomplete.engine import Autocompleter
from autocomplete.tflite_lm import TFLiteModel

RUNS = [
    "the ", "teh ", "re you ", "si ", "og it ", "po8nt ", "i ", "im ", "I had pizza", "how are you doing today ", ":jo",
    ":joy:", "10:30", "$5 ", "looking forw", "Thank you so ", "ok. ", "hi\n", "👍🏽", "👩🏿\u200d🚀", "🇩🇪", "1️⃣", "é",
    "e\u0301", "日本", "العربية ", "\u200d", "\ud83d", "\x00", "ﬁ", "İ", "ß", "’", "“", "(", '"', "- ", "1) ", "  ",
    ",", "https://a.b/c ", "@me ", "?", "!", ".", "...", " ",
]  # fmt: skip
KEYS = st.one_of(
    st.sampled_from(RUNS),
    st.sampled_from([*"etaoinshr 'q"]),
    st.characters(exclude_categories=[]),
    st.integers(0, 6),  # take what stands at a place
    st.integers(-3, -1),  # delete so many
)


@pytest.fixture(scope="module")
def engines() -> tuple[Autocompleter, Autocompleter]:
    """Two engines that offer all there is: one is typed with, the other, which keeps nothing, is asked afresh."""
    engine, fresh = autocomplete.load(phrases=True), autocomplete.load(phrases=True)
    assert isinstance(fresh._lm, TFLiteModel)
    fresh._lm.placeless = False
    return engine, fresh


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.lists(KEYS, min_size=1, max_size=10), st.booleans(), st.booleans(), st.sampled_from(["", "ok. no. i am "]))
def test_edits_tell_an_app_all_and_a_fresh_engine_offers_the_same(
    engines: tuple[Autocompleter, Autocompleter], keys: list[str | int], autocorrect: bool, double: bool, earlier: str
) -> None:
    engine, fresh = engines
    session = engine.session(autocorrect=autocorrect, double_space=double, earlier=earlier)
    app = ""
    for key in keys:
        if isinstance(key, str):
            session.type(key)
        elif key < 0:
            session.backspace(-key)
        elif key < len(session.suggestions):
            session.accept(session.suggestions[key])
        else:
            continue
        app = app[: len(app) - session.edit.delete_left] + session.edit.insert_text
        assert session.text == app
        fresh.clear()
        offered, _ = fresh.suggest_from(app, 3, None, earlier=earlier)
        assert session.suggestions == offered
        for suggestion in offered:
            assert 0 <= suggestion.delete_left <= len(app)
            assert 0 <= suggestion.confidence <= 1
            assert suggestion.kind in ("prediction", "completion", "correction", "phrase", "punctuation", "emoji")
            taken = app[: len(app) - suggestion.delete_left] + suggestion.insert_text
            assert taken.rstrip(" ").endswith(suggestion.word)
            assert taken.endswith(" ")


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_any_caret_in_any_text_is_answered(engines: tuple[Autocompleter, Autocompleter], text: str) -> None:
    engine, fresh = engines
    for end in (len(text) // 2, len(text)):
        offered = engine.suggest(text[:end])
        fresh.clear()
        assert offered == fresh.suggest(text[:end])
        assert len([s for s in offered if s.kind in ("prediction", "completion", "correction")]) <= 3


def test_fields_that_are_typed_in_turn_are_answered_as_one_alone(
    engines: tuple[Autocompleter, Autocompleter],
) -> None:
    """What was found for one field may serve or displace what was found for another; it changes nothing."""
    engine, fresh = engines
    texts = ("See you tomorrow at the station", "I hpoe you are well, see you", "See you at the stati")
    fields = [engine.session() for _ in texts]
    for place in range(max(map(len, texts))):
        for field, text in zip(fields, texts, strict=True):
            if place < len(text):
                field.type(text[place])
            else:
                field.backspace()
            fresh.clear()
            assert field.suggestions == fresh.suggest(field.text)
