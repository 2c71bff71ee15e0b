"""Who uses no capitals is noticed and followed; everybody else is left as they are."""

from __future__ import annotations

import math

import pytest

import autocomplete
from autocomplete.engine import Autocompleter
from autocomplete.habits import USUAL, Habits, Writer, habits_of, writer_of

NAMES = {"anna": "Anna", "monday": "Monday", "may": "may", "iphone": "iPhone", "the": "the", "us": "us"}
SMALL = Habits(starts=False, pronoun=False, names=True)


@pytest.mark.parametrize(
    ("text", "habits"),
    [
        ("", USUAL),
        ("Hello. How are you. ", USUAL),
        ("hello there ", USUAL),  # a single sign
        ("hello there. how are you? ", SMALL),
        ("hello there\nhow are you\n", SMALL),
        ("hello. how are you. Fine thanks. ", USUAL),
        ("hello. how are you. Fine thanks. and you? ok. ", SMALL),
        ("Well, i think ", Habits(pronoun=False)),  # a capital by the keyboard at the start alone
        ("i think i will ", SMALL),
        ("I think I will. ok. no. yes. ", Habits(starts=False)),
        ("hello. how are you. I am ", Habits(starts=False)),
        ("hello. how are you. i saw anna ", Habits(False, False, False)),
        ("hello. how are you. i saw Anna ", SMALL),
        ("hello. how are you. i saw the iphone in may ", SMALL),  # no names
        ("I saw anna on monday. We met. ", USUAL),  # a slip, not a habit
        ("hi. i.e. this is. ", USUAL),
        ("3pm is fine. 4pm too. ", USUAL),
        ("THE MAY ", Habits(shouts=True, stresses=True)),
        ("hello\nTHE MAY, US! ", Habits(shouts=True, stresses=True)),
        ("he said THE ", Habits(stresses=True)),
        ("he said THE may ", USUAL),
        ("THE\nok ", USUAL),
        ("he said NASA ", USUAL),
        ("THE MAY\nok ", USUAL),  # another line
        ("THE MAy ", USUAL),
        ("I NASA THE ", Habits(stresses=True)),  # one word is too few
    ],
)
def test_habits(text: str, habits: Habits) -> None:
    assert habits_of(text, NAMES.get) == habits


def test_only_the_last_few_hundred_characters_count_and_no_cut_makes_a_start() -> None:
    small = "hello there. how are you. "
    large = "This is a sentence that begins with a capital. "
    assert habits_of(small + large * 12, NAMES.get) == USUAL
    assert habits_of(large + small * 20, NAMES.get) == SMALL
    assert habits_of("word " * 200, NAMES.get) == USUAL


def test_who_shouts_is_followed(engine: Autocompleter) -> None:
    assert all(s.word == s.word.upper() for s in engine.suggest("HAPPY BIRTHDAY "))
    assert engine.suggest("HAPPY BIRTHDAY T")[0].word.isupper()
    assert engine.suggest("HAPPY BIRTHDAY t")[0].word.islower()
    assert not any(s.word.isupper() and s.word != "I" for s in engine.suggest("OK I THINK so "))
    phrase = next(s for s in autocomplete.load(phrases=True).suggest("I AM LOOKING FORW") if s.kind == "phrase")
    assert phrase.word == "FORWARD TO"
    assert engine.suggest("THANKYOU")[0].word == "THANK YOU"


@pytest.mark.parametrize(
    ("form", "habits", "written"),
    [
        ("I", SMALL, "i"),
        ("I'm", SMALL, "i'm"),
        ("I'm", USUAL, "I'm"),
        ("Monday", SMALL, "Monday"),
        ("Monday", Habits(False, False, False), "monday"),
        ("I", Habits(pronoun=True, names=False), "I"),
        ("iPhone", Habits(False, False, False), "iPhone"),
        ("NASA", Habits(False, False, False), "NASA"),
        ("hello", Habits(False, False, False), "hello"),
    ],
)
def test_what_is_written_small(form: str, habits: Habits, written: str) -> None:
    assert habits.follow(form) == written


@pytest.fixture(scope="module")
def engine() -> Autocompleter:
    """The built-in engine."""
    return autocomplete.load()


def _words(engine: Autocompleter, text: str) -> list[str]:
    return [suggestion.word for suggestion in engine.suggest(text)]


@pytest.mark.parametrize("text", ["hello there. how are you? ", "hello there. how are you? wh"])
def test_a_sentence_start_stays_small(engine: Autocompleter, text: str) -> None:
    words = _words(engine, text)
    assert words == [word.lower() for word in words]
    assert any(word[0].isupper() for word in _words(engine, text.replace("hello", "Hello").replace("how", "How")))


def test_i_stays_small(engine: Autocompleter) -> None:
    assert "i'm" in _words(engine, "ok. i think that im")
    assert "I'm" in _words(engine, "Ok. I think that im")
    session = engine.session("ok. i think ")
    session.type("i ")
    assert session.text == "ok. i think i "


def test_names_keep_their_capital_unless_they_are_written_small_too(engine: Autocompleter) -> None:
    assert "Monday" in _words(engine, "ok. i will see you on mon")
    assert "monday" in _words(engine, "ok. on friday i will see you on mon")
    assert "Monday" in _words(engine, "ok. on friday i will see you on Mon")


def test_what_was_written_before_counts_from_the_first_word_on(engine: Autocompleter) -> None:
    session = engine.session(earlier="hey. what's up\ni am at home")
    assert [s.word for s in session.suggestions] == [s.word.lower() for s in session.suggestions]
    session.type("im")
    assert "i'm" in [s.word for s in session.suggestions]
    assert engine.session().suggestions == engine.suggest("")


def test_a_private_field_forgets_what_was_written_before(engine: Autocompleter) -> None:
    session = engine.session(earlier="hey. what's up\ni am at home", private=True)
    session.close()
    assert not any("what's up" in str(value) for value in vars(session).values())


@pytest.mark.parametrize(
    ("text", "typed", "writer"),
    [
        ("", "", Writer()),
        ("", "Well", Writer(capitals=1)),
        ("", "well", Writer(capitals=-1)),
        ("i ", "dont", Writer()),  # `i` is the keyboard's to put right, and what is typed tells nothing of itself
        ("well, i dont know. ", "Maybe", Writer(marks=-1)),
        ("Well, I don't know. ", "maybe", Writer(marks=1)),
        ("Well, I don't know, i dont. ", "Maybe", Writer(capitals=1)),
        ("hi. i dont, cant and wont. I don't ", "isnt", Writer(marks=-1, capitals=-1)),
    ],
)
def test_a_text_tells_of_its_writer(text: str, typed: str, writer: Writer) -> None:
    found = writer_of(text, typed, lambda _: True, {"dont", "cant", "wont"}.__contains__)
    assert (found.marks, found.capitals) == (writer.marks, writer.capitals)


def test_what_is_long_ago_tells_nothing_of_a_writer() -> None:
    found = writer_of("I dont. " + "Word. " * 100, "", lambda _: True, {"dont"}.__contains__)
    assert (found.marks, found.capitals) == (0, 1)


def test_the_share_of_unlisted_words_of_a_writer() -> None:
    def share(text: str) -> float:
        return writer_of(text, "zzz", {"this", "is", "it"}.__contains__, lambda _: False).unlisted

    assert share("") == Writer().unlisted == pytest.approx(math.log(0.3 / 6))
    assert share("This is it ") == pytest.approx(math.log(0.3 / 9))
    assert share("dis is it ") == pytest.approx(math.log(1.3 / 9))
