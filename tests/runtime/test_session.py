"""A session offers what a fresh engine offers, after every key, whatever came before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autocomplete
from autocomplete.casing import Suggestion
from autocomplete.correction import Correction
from autocomplete.engine import Autocompleter
from autocomplete.extras import Wanted
from autocomplete.lexicon import Lexicon
from autocomplete.session import Edit, TypingSession
from autocomplete.tokenizer import Tokenizer
from tests.fakes import RandomModel

KEYS = st.one_of(
    st.sampled_from(
        [
            *"tomrwhei'. \n",
            " ",
            "  ",
            ",",
            ":",
            ":jo",
            "pizza",
            "tje door ",
            "👍🏽",
            "\ud83d",
            "(",
            '"',
            "!",
            "é",
            "😀",
            "\u0301",
            "5",
            "the ",
            "Hello. ",
        ]
    ),
    st.characters(),
    st.integers(0, 2),
    st.just(-1),
)


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, lexicon: Lexicon) -> Autocompleter:
    """An engine over a made-up model."""
    return Autocompleter(RandomModel(tokenizer.vocab_size), tokenizer, lexicon)


@settings(max_examples=40, deadline=None)
@given(st.lists(KEYS, max_size=20), st.booleans(), st.booleans())
def test_every_step_equals_a_fresh_start_and_its_edit_tells_an_app_all(
    tokenizer: Tokenizer, lexicon: Lexicon, keys: list[str | int], autocorrect: bool, double_space: bool
) -> None:
    lm = RandomModel(tokenizer.vocab_size)

    def fresh() -> Autocompleter:
        return Autocompleter(lm, tokenizer, lexicon, extras=Wanted(phrases=True), hindsight=True)

    session = fresh().session(autocorrect=autocorrect, double_space=double_space)
    app, pressed = "", 0
    for key in keys:
        if isinstance(key, str):
            session.type(key)
            pressed += len(key)
        elif key < 0:
            session.backspace()
            pressed += 1
        elif key < len(session.suggestions):
            session.accept(session.suggestions[key])
            pressed += 1
        else:
            continue
        app = app[: len(app) - session.edit.delete_left] + session.edit.insert_text
        assert session.text == app
        assert session.keystrokes == pressed
        assert session.suggestions == fresh().suggest(app)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("tomrwhei' ."), st.floats(-1, 11), st.floats(-1, 8)), max_size=15))
def test_with_touches_it_is_a_function_of_keys_and_touches(
    tokenizer: Tokenizer, lexicon: Lexicon, keys: list[tuple[str, float, float]]
) -> None:
    lm = RandomModel(tokenizer.vocab_size)
    sessions = [Autocompleter(lm, tokenizer, lexicon).session() for _ in range(2)]
    for character, x, y in keys:
        for session in sessions:
            session.type(character, at=(x, y))
        sessions[1].type("q", at=(0.5, 2.1))
        sessions[1].backspace()
        assert sessions[0].text == sessions[1].text
        assert sessions[0].suggestions == sessions[1].suggestions


def test_the_built_in_engine_keeps_the_promise_too() -> None:
    engine, other = autocomplete.load(), autocomplete.load()
    session = engine.session()
    for step, letter in enumerate("I'll be there tomorrow. Could you bring the tickets, please? Thanks so much"):
        session.type(letter)
        if step % 7 == 6:
            session.backspace()
            session.type(letter)
        assert session.suggestions == other.suggest(session.text)
    long = "We talked about it again and again until it was late. " * 12
    session = engine.session(long)
    for letter in "then we went home":
        session.type(letter)
        assert session.suggestions == other.suggest(session.text)
    for _ in range(40):
        session.backspace()
        assert session.suggestions == other.suggest(session.text)


def test_backspace_deletes_what_is_there(engine: Autocompleter) -> None:
    session = engine.session("tom")
    assert session.backspace(2) == engine.suggest("t")
    session.backspace(5)
    assert session.text == ""
    with pytest.raises(ValueError, match="count=-1"):
        session.backspace(-1)


def test_only_what_is_shown_can_be_taken(engine: Autocompleter) -> None:
    session = engine.session("and tom")
    old = session.suggestions[0]
    session.type("x")
    with pytest.raises(ValueError, match="not among the suggestions"):
        session.accept(old)
    made_up = Suggestion(
        word="zebra", insert_text="zebra ", delete_left=0, logprob=-1.0, confidence=0.4, kind="prediction"
    )
    with pytest.raises(ValueError, match="zebra"):
        session.accept(made_up)


def test_two_sessions_do_not_disturb_each_other(engine: Autocompleter) -> None:
    one, two = (engine.session(text, autocorrect=False) for text in ("", "Hello. "))
    for letter in "the do":
        one.type(letter)
        two.type(letter)
    assert one.suggestions == engine.suggest("the do")
    assert two.suggestions == engine.suggest("Hello. the do")


def test_the_list_given_out_is_a_copy(engine: Autocompleter) -> None:
    session = engine.session("and tom")
    session.suggestions.clear()
    assert session.suggestions == engine.suggest("and tom")


def test_k_is_kept(engine: Autocompleter) -> None:
    assert len(engine.session("t", k=5).suggestions) == 5


class Corrects:
    """Offers nothing and takes `teh` for `the`, `to morrow` for `tomorrow`."""

    def suggest_from(self, text, k, previous, touches=(), *, remember=True, earlier=""):
        return [], None

    def correct_from(self, text, previous, touches=(), *, remember=True, earlier=""):
        for typed, word in (("teh", "the"), ("to morrow", "tomorrow")):
            if text.endswith(typed):
                return Correction(typed=typed, word=word, confidence=0.9), None
        return None, None


def test_a_finished_word_is_corrected_and_a_backspace_brings_it_back() -> None:
    session = TypingSession(Corrects())
    session.type("in teh")
    assert (session.text, session.correction) == ("in teh", None)
    session.type(" ")
    assert session.text == "in the "
    assert session.correction == Correction(typed="teh", word="the", confidence=0.9)
    assert session.edit == Edit(delete_left=2, insert_text="he ", kind="correction")
    session.backspace()
    assert session.text == "in teh "
    assert session.edit == Edit(delete_left=3, insert_text="eh ", kind="restoration")
    assert session.correction is None
    session.type("and teh ")
    assert session.text == "in teh and teh "
    session.type("Teh.")
    assert session.text == "in teh and teh Teh."


def test_a_moved_caret_leaves_nothing_to_undo_and_keeps_what_was_put_back(engine: Autocompleter) -> None:
    session = TypingSession(Corrects())
    session.type("teh ")
    session.move("in teh")
    assert (session.text, session.correction, session.keystrokes) == ("in teh", None, 4)
    assert session.edit == Edit(delete_left=0, insert_text="", kind="move")
    session.type(" ")
    assert session.text == "in the "
    session.backspace()
    session.move("teh")
    session.type(" ")
    assert session.text == "teh "
    moved = engine.session("we ")
    moved.accept(moved.suggestions[0])
    assert moved.move("see you tomo") == engine.suggest("see you tomo")
    moved.type(".")
    assert moved.text == "see you tomo."


def test_after_another_key_a_backspace_only_deletes() -> None:
    session = TypingSession(Corrects())
    session.type("teh ")
    session.type("c")
    session.backspace()
    session.backspace()
    assert session.text == "the"
    assert session.edit == Edit(delete_left=1, insert_text="", kind="deletion")


def test_after_more_was_typed_in_the_same_call_a_backspace_only_deletes() -> None:
    session = TypingSession(Corrects())
    session.type("teh cat")
    assert (session.text, session.edit.kind) == ("the cat", "correction")
    session.backspace()
    assert session.text == "the ca"


def test_two_backspaces_at_once_only_delete() -> None:
    session = TypingSession(Corrects())
    session.type("teh ")
    session.backspace(2)
    assert session.text == "th"


def test_a_space_can_be_taken_back() -> None:
    session = TypingSession(Corrects())
    session.type("see you to morrow!")
    assert session.text == "see you tomorrow!"
    session.backspace()
    assert session.text == "see you to morrow!"


def test_a_word_that_stayed_once_stays() -> None:
    class Later(Corrects):
        calls = 0

        def correct_from(self, text, previous, touches=(), *, remember=True, earlier=""):
            self.calls += 1
            return super().correct_from(text, previous) if self.calls > 1 else (None, None)

    session = TypingSession(Later())
    session.type("teh teh ")
    assert session.text == "teh teh "


@pytest.mark.parametrize("ending", [" ", ".", ",", "!", "?", "\n", ")", ":", "…"])
def test_what_ends_a_word(ending: str) -> None:
    session = TypingSession(Corrects())
    session.type("teh" + ending)
    assert session.text == "the" + ending


@pytest.mark.parametrize("going_on", ["r", "'s ", "-", "@", "/", "_", "9", "\u0301"])
def test_what_does_not(going_on: str) -> None:
    session = TypingSession(Corrects())
    session.type("teh" + going_on)
    assert session.text == "teh" + going_on


def test_correcting_can_be_switched_off() -> None:
    session = TypingSession(Corrects(), autocorrect=False)
    session.type("teh ")
    assert (session.text, session.correction) == ("teh ", None)


def test_one_touch_is_for_one_character(engine: Autocompleter) -> None:
    with pytest.raises(ValueError, match="one by one"):
        engine.session().type("ab", at=(1.0, 1.0))


def _taking(engine: Autocompleter, text: str, word: str, **options: bool) -> TypingSession:
    """Open a field with a text in which a word was just taken."""
    session = engine.session(text, 60, **options)
    session.accept(next(s for s in session.suggestions if s.word == word))
    return session


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (",", "and tomorrow,"),
        (", ", "and tomorrow, "),
        (",t", "and tomorrow, t"),
        ("?!", "and tomorrow?!"),
        ("...then", "and tomorrow... then"),
        (".5", "and tomorrow.5"),
        (",5", "and tomorrow, 5"),
        ("!(", "and tomorrow! ("),
        (' "', 'and tomorrow "'),
        (")", "and tomorrow)"),
        ("(", "and tomorrow ("),
        ("5pm", "and tomorrow 5pm"),
        ("$20", "and tomorrow $20"),
        ("- ", "and tomorrow - "),
        ("'s", "and tomorrow's"),
        ("'x", "and tomorrow 'x"),
        (": ", "and tomorrow: "),
        (":\n", "and tomorrow:\n"),
        (":)", "and tomorrow :)"),
        (";-)", "and tomorrow ;-)"),
        (":joy", "and tomorrow :joy"),
        (" the", "and tomorrow the"),
        ("  ", "and tomorrow  "),
        (".\n", "and tomorrow.\n"),
    ],
)
def test_marks_after_a_taken_word_stand_close_and_the_next_word_apart(
    engine: Autocompleter, typed: str, text: str
) -> None:
    session = _taking(engine, "and tomo", "tomorrow", autocorrect=False)
    app, pressed = session.text, session.keystrokes
    for character in typed:
        session.type(character)
        app = app[: len(app) - session.edit.delete_left] + session.edit.insert_text
        assert session.text == app
        assert session.edit.kind == "typing"
    assert session.text == text
    assert session.keystrokes == pressed + len(typed)
    assert session.suggestions == engine.suggest(text, 60)


def test_a_quotation_is_closed_close_to_its_last_word(engine: Autocompleter) -> None:
    session = _taking(engine, '"and tomo', "tomorrow")
    session.type('"')
    assert session.text == '"and tomorrow"'
    session.type("h")
    assert session.text == '"and tomorrow" h'
    session = _taking(engine, "and tomo", "tomorrow")
    session.type(',"')
    assert session.text == 'and tomorrow, "'
    assert all(s.insert_text == f"{s.word} " for s in session.suggestions)


def test_after_a_mark_a_word_is_taken_with_one_space(engine: Autocompleter) -> None:
    session = _taking(engine, "and tomo", "tomorrow")
    session.type(",")
    session.accept(session.suggestions[0])
    assert session.text == f"and tomorrow, {engine.suggest('and tomorrow,')[0].word} "


def test_spaces_that_were_typed_stay(engine: Autocompleter) -> None:
    session = engine.session("and ")
    session.type("the ,")
    assert session.text == "and the ,"
    session = _taking(engine, "and tomo", "tomorrow")
    session.type("x")
    session.backspace()
    session.type(",")
    assert session.text == "and tomorrow ,"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("door  ", "door. "),
        ("door  Th", "door. Th"),
        ("door   ", "door.  "),
        ("at 5  ", "at 5. "),
        ("(yes)  ", "(yes). "),
        ("door.  ", "door.  "),
        ("door,  ", "door,  "),
        ("  ", "  "),
        ("a@b.org  ", "a@b.org  "),
    ],
)
def test_two_spaces_end_a_sentence_where_an_app_asks_for_it(engine: Autocompleter, typed: str, text: str) -> None:
    session = engine.session(double_space=True, autocorrect=False)
    session.type(typed)
    assert session.text == text
    plain = engine.session(autocorrect=False)
    plain.type(typed)
    assert plain.text == typed


def test_a_backspace_brings_the_two_spaces_back(engine: Autocompleter) -> None:
    session = engine.session("the door ", double_space=True)
    session.type(" ")
    assert session.edit == Edit(delete_left=1, insert_text=". ", kind="typing")
    session.backspace()
    assert session.text == "the door  "
    assert session.edit == Edit(delete_left=2, insert_text="  ", kind="restoration")
    session.backspace()
    assert session.text == "the door "
    session.type(" ")
    session.backspace(2)
    assert session.text == "the door"


def test_the_space_of_a_taken_word_is_not_the_first_of_two(engine: Autocompleter) -> None:
    session = _taking(engine, "and tomo", "tomorrow", double_space=True)
    session.type(" ")
    assert session.text == "and tomorrow "
    assert session.edit == Edit(delete_left=0, insert_text="", kind="typing")
    session.type(" ")
    assert session.text == "and tomorrow. "
