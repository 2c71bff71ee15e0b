"""A text field watched: what is learned is what stands there in the end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocomplete.error_model import ErrorModel
from autocomplete.layout import Layout, load_layout
from autocomplete.learning import Observer, learn_lines
from autocomplete.lexicon import Lexicon
from autocomplete.meant import were_meant
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from tests.fakes import WordList


def _model() -> PersonalModel:
    return PersonalModel(PersonalData(), WordList({"see": -5.0, "you": -5.0, "tomorrow": -7.0, "the": -3.0}))


def _uses(model: PersonalModel) -> dict[str, int]:
    return {word: row.uses for word, row in model.data.counts.words.items()}


def _type(observer: Observer, text: str, keys: str) -> str:
    """Press keys one by one; "<" is the backspace."""
    for key in keys:
        text = text[:-1] if key == "<" else text + key
        observer.observe(text)
    return text


def test_a_word_is_learned_when_a_space_follows() -> None:
    model = _model()
    observer = Observer(model)
    text = _type(observer, "", "see you Anneke")
    assert _uses(model) == {"see": 1, "you": 1}
    _type(observer, text, " ")
    assert _uses(model) == {"see": 1, "you": 1, "anneke": 1}


def test_the_last_word_is_learned_when_the_text_is_done() -> None:
    model = _model()
    observer = Observer(model)
    _type(observer, "", "see you")
    observer.close()
    assert _uses(model) == {"see": 1, "you": 1}


def test_a_slip_put_right_leaves_nothing() -> None:
    model = _model()
    _type(Observer(model), "", "see yuo <<<ou the ")
    assert _uses(model) == {"see": 1, "you": 1, "the": 1}
    assert set(model.data.counts._unwritten.pending.followers) >= {("see",), ("you",)}
    assert model.data.counts.followers(("yuo",)) is None


def test_a_space_deleted_and_typed_again_is_one_use() -> None:
    model = _model()
    _type(Observer(model), "", "see you < < you ")
    assert _uses(model) == {"see": 1, "you": 2}
    assert model.data.counts.word("you").against == 0


def test_what_stood_there_is_not_learned_again() -> None:
    model = _model()
    _type(Observer(model, "see you Ann"), "see you Ann", "eke the ")
    assert _uses(model) == {"anneke": 1, "the": 1}
    assert model.data.counts.followers(("you",)).uses == {"anneke": 1}


def test_going_back_before_what_stood_there_is_no_error() -> None:
    model = _model()
    text = _type(Observer(model, "see you "), "see you ", "<<<<<<the ")
    assert text == "sethe "
    assert _uses(model) == {"sethe": 1}


def test_a_learned_word_that_is_deleted_counts_against() -> None:
    model = _model()
    learn_lines(model, ["see zorblax you", "see zorblax you"])
    assert model.is_offered("zorblax")
    observer = Observer(model)
    _type(observer, "", "see zorblax " + "<" * 8 + "you ")
    assert model.data.counts.word("zorblax").against == 1
    assert not model.is_offered("zorblax")


def test_a_word_put_back_after_a_correction_is_offered_at_once() -> None:
    model = _model()
    observer = Observer(model)
    observer.observe("see tomorow")
    observer.observe("see tomorrow ", replaced="tomorow")
    assert _uses(model) == {"see": 1, "tomorrow": 1}
    _type(observer, "see tomorrow ", "<" * 9 + "tomorow ")
    assert model.is_offered("tomorow")
    assert model.is_known("tomorow")


def test_a_prediction_taken_and_deleted_counts_against_it_there() -> None:
    model = _model()
    learn_lines(model, ["see you"] * 3)
    before = model.predict(("", "see"))["you"]
    observer = Observer(model)
    observer.observe("see ")
    observer.observe("see you ", replaced="")
    _type(observer, "see you ", "<<<<the ")
    assert model.data.counts.followers(("see",)).uses == {"you": 2, "the": 1}
    assert model.predict(("", "see"))["you"] < before


def _touched(
    observer: Observer, text: str, word: str, layout: Layout, off: dict[int, tuple[float, float]] | None = None
) -> str:
    """Type a word and a space, each key touched in its middle, but for those at some places."""
    points: list[tuple[float, float] | None] = []
    for place, key in enumerate(word + " "):
        x, y = layout.centres[layout.index[key.lower()]]
        dx, dy = (off or {}).get(place, (0.0, 0.0))
        points.append((float(x + dx), float(y + dy)))
        text += key
        observer.observe(text, touches=points)
    return text


@pytest.fixture
def errors(lexicon: Lexicon) -> ErrorModel:
    """On a QWERTY keyboard."""
    return ErrorModel(load_layout(), lexicon.letters)


def test_a_word_whose_keys_were_hit_well_is_offered_after_two_uses_though_it_may_be_a_slip(errors: ErrorModel) -> None:
    model = _model()
    for _ in range(2):
        _touched(Observer(model, "", errors), "", "tomorow", errors.layout)
    assert model.data.counts.word("tomorow").deliberate == 2
    assert model.is_offered("tomorow")


def test_a_slip_at_the_edge_of_a_key_is_never_learned_however_often(errors: ErrorModel) -> None:
    model = _model()
    for _ in range(6):
        observer = Observer(model, "", errors)
        # the p of "tomprrow" was hit where it borders on the o
        text = _touched(observer, "", "tomprrow", errors.layout, {3: (-0.49, 0.0)})
        _touched(observer, text, "the", errors.layout)
    assert "tomprrow" not in model.data.counts.words
    assert not model.is_offered("tomprrow")
    assert model.data.counts.followers(("tomprrow",)) is None


def test_an_edge_does_not_matter_where_no_common_word_is_near(errors: ErrorModel) -> None:
    model = _model()
    for _ in range(2):
        _touched(Observer(model, "", errors), "", "dortmund", errors.layout, {3: (0.45, 0.0)})
    assert model.data.counts.word("dortmund").uses == 2
    assert model.data.counts.word("dortmund").deliberate == 0
    assert model.is_offered("dortmund")


def test_without_all_touches_nothing_is_known(errors: ErrorModel) -> None:
    layout = errors.layout
    middle = [tuple(map(float, layout.centres[layout.index[key]])) for key in "the"]
    assert were_meant("the", middle, errors) is True
    assert were_meant("The!", [*middle, None], errors) is True
    assert were_meant("the", [*middle[:2], None], errors) is None
    assert were_meant("the", middle[1:], errors) is None
    assert were_meant("...", [None] * 3, errors) is None
    assert were_meant("the", [(middle[0][0] + 0.5, middle[0][1]), *middle[1:]], errors) is False
    assert were_meant("the", [(middle[0][0] + 0.4, middle[0][1]), *middle[1:]], errors) is None


def test_a_word_gone_back_into_and_left_as_it_was_is_meant() -> None:
    model = _model()
    for _ in range(2):
        _type(Observer(model), "", "see tomorow <<<ow ")
    assert model.data.counts.word("tomorow").deliberate == 2
    assert model.is_offered("tomorow")


def test_secrets_and_what_surrounds_them_are_not_learned() -> None:
    model = _model()
    learn_lines(model, ["my pin is 4711 see", "write to anna@example.com see", "it is x7Kq9tt3 you"])
    assert set(_uses(model)) == {"my", "pin", "is", "see", "write", "to", "it", "you"}
    assert model.data.counts.followers(("is",)) is None


def test_a_moved_caret_takes_nothing_back_and_finishes_nothing() -> None:
    model = _model()
    observer = Observer(model)
    text = _type(observer, "", "see you Anneke tomo")
    moved = observer.moved("see you")
    assert _uses(model) == {"see": 1, "you": 1, "anneke": 1}
    _type(moved, "see you", "rs and ")
    moved.moved(text).close()
    assert _uses(model) == {"see": 1, "you": 1, "anneke": 1, "yours": 1, "and": 1, "tomo": 1}


KEYS = st.lists(st.sampled_from([*"ab <<<.\n", "ab ", "b c ", "a1"]), max_size=40)


@settings(deadline=None, max_examples=200)
@given(KEYS)
def test_what_counts_is_what_stands_there_in_the_end(keys: list[str]) -> None:
    typed = _model()
    observer, text = Observer(typed), ""
    for key in keys:
        text = text[:-1] if key == "<" else text + key
        observer.observe(text)
    observer.close()
    fresh = _model()
    observer = Observer(fresh)
    observer.observe(text)
    observer.close()
    assert _uses(typed) == _uses(fresh)

    def pairs(model: PersonalModel) -> dict[tuple[str, ...], dict[str, int]]:
        waiting = model.data.counts._unwritten.pending.followers.items()
        nonzero = {c: {w: n for w, n in followers.items() if n} for c, followers in waiting if len(c) == 1}
        return {context: followers for context, followers in nonzero.items() if followers}

    assert pairs(typed) == pairs(fresh)
