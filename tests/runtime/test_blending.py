"""An engine with a user: personal words are completed, predicted and corrected to; private fields leave nothing."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import autocomplete
from autocomplete.caret import caret_of
from autocomplete.channel import Costs
from autocomplete.engine import Autocompleter
from autocomplete.layout import load_layout
from autocomplete.learning import learn_lines


def _type(engine: Autocompleter, *lines: str) -> None:
    for line in lines:
        with engine.session(autocorrect=False) as session:
            session.type(line + " ")


def _words(engine: Autocompleter, text: str) -> list[str]:
    return [suggestion.word for suggestion in engine.suggest(text)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Autocompleter]:
    """The built-in engine with a user who has written nothing."""
    opened = autocomplete.load(user=tmp_path / "user.db")
    yield opened
    opened.close()


def test_a_user_who_has_written_nothing_changes_nothing(engine: Autocompleter) -> None:
    plain = autocomplete.load()
    for text in ("", "See you tomo", "I im", "teh", "monday", "See you ", "I want tosee", "Qwxz"):
        assert _words(engine, text) == _words(plain, text)
        assert engine.correct(text) == plain.correct(text)


def test_a_name_used_twice_is_offered_after_two_letters_and_forgotten(engine: Autocompleter, tmp_path: Path) -> None:
    _type(engine, "I met Zorblatt today")
    assert "Zorblatt" not in _words(engine, "we saw Zo")
    _type(engine, "I saw Zorblatt there")
    assert "Zorblatt" in _words(engine, "we saw Zo")
    assert _words(engine, "I met Zo")[0] == "Zorblatt"
    assert engine.user
    engine.user.data.flush()
    assert engine.user.data.forget("Zorblatt")
    assert "Zorblatt" not in _words(engine, "we saw Zo")
    engine.clear()
    assert b"zorblatt" not in b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()


def test_what_is_forgotten_is_not_kept_as_letters_typed(engine: Autocompleter) -> None:
    _type(engine, *["I met Zorblatt today"] * 2)
    engine.suggest("we saw Zorblat")
    assert engine.user and engine._errors._priced.cache_info().currsize > 0
    assert engine.user.data.forget("Zorblatt")
    assert engine._errors._priced.cache_info().currsize == 0


NAMES = (
    "Okonkwo",
    "Anneke",
    "Nguyen",
    "Siobhan",
    "Chukwuemeka",
    "Thorvaldsen",
    "Krzysztof",
    "Szymanski",
    "Haruka",
    "Zeynep",
    "Matteo",
    "Kowalczyk",
)
BEFORE = ("Ask ", "I met ", "Give it to ", "have you seen ", "Dinner with ")


def test_names_that_were_added_are_offered_wherever_the_model_expects_them_least(engine: Autocompleter) -> None:
    """Also by who has written much else, hundreds of other own words among it."""
    assert engine.user
    made_up = ["".join(letters) for letters in itertools.product("bdfgklmnprst", "aeiou", "bdfgklmnprst", "nst")][::5]
    lines = [f"we saw {word} and the other people too" for word in made_up] * 2
    learn_lines(engine.user, lines)
    assert len(engine.user.counts.words) > 400
    engine.user.data.add_words(NAMES)
    for before, name in itertools.product(BEFORE, NAMES):
        assert name in _words(engine, before + name[:4]), before + name[:4]
    found = [name in _words(engine, before + name[:3]) for before, name in itertools.product(BEFORE, NAMES)]
    assert sum(found) >= 0.9 * len(found)


def test_names_used_twice_are_offered_on_the_third_use(engine: Autocompleter) -> None:
    assert engine.user
    lines = Path(__file__).read_text(encoding="utf8").splitlines()
    learn_lines(engine.user, lines * 8)  # what else was written
    for name in NAMES:
        _type(engine, f"I met {name} today", f"we will bring {name} along")
    found = [name in _words(engine, before + name[:2]) for before, name in itertools.product(BEFORE, NAMES)]
    assert sum(found) >= 0.9 * len(found)
    for before, name in itertools.product(BEFORE, NAMES):
        assert name in _words(engine, before + name[:3]), before + name[:3]
    assert "the" in _words(engine, "I met th")


def test_what_is_forgotten_is_gone_from_what_the_search_holds(engine: Autocompleter) -> None:
    _type(engine, "I met Zorblatt today", "I met Zorblatt there")
    assert "Zorblatt" in _words(engine, "I met Zo")
    assert engine.user
    engine.user.data.forget("Zorblatt")
    assert engine._blending
    for _ in range(30):  # the adapter's thread may still hold what it was reading
        gc.collect()
        with engine._lock:  # as below
            held = [thing for thing in gc.get_objects() if type(thing) in (dict, list) and "zorblatt" in thing]
        if held == []:
            break
        time.sleep(0.1)
    assert held == []


def test_an_own_word_is_corrected_to_and_left_alone(engine: Autocompleter) -> None:
    _type(engine, "I met Zorblatt today", "I met Zorblatt there")
    assert "Zorblatt" in _words(engine, "I met Zornla")
    correction = engine.correct("I met Zornlatt")
    assert correction is not None
    assert correction.word == "Zorblatt"
    assert engine.correct("I met Zorblatt") is None


def test_what_follows_what_is_predicted(engine: Autocompleter) -> None:
    _type(engine, *["pizza Napoli tonight"] * 4)
    assert "Napoli" in _words(engine, "pizza ")
    assert "tonight" in _words(engine, "pizza Napoli ")


def test_a_blocked_word_is_not_offered_though_it_is_listed(engine: Autocompleter) -> None:
    assert "tomorrow" in _words(engine, "See you tomo")
    assert engine.user
    engine.user.data.block("tomorrow")
    assert "tomorrow" not in _words(engine, "See you tomo")
    engine.user.data.unblock("tomorrow")
    assert "tomorrow" in _words(engine, "See you tomo")


def test_a_word_put_back_after_a_correction_is_offered_at_once(engine: Autocompleter) -> None:
    with engine.session() as session:
        session.type("I will see you tomorrwo ")
        assert session.correction is not None
        session.backspace()
        assert session.text == "I will see you tomorrwo "
    assert engine.user
    assert engine.user.is_offered("tomorrwo")
    assert engine.correct("I will see you tomorrwo") is None


def test_a_slip_that_was_corrected_is_not_learned(engine: Autocompleter) -> None:
    with engine.session() as session:
        session.type("I will see you tomorrwo then ")
    assert engine.user
    assert {"tomorrow", "then"} <= engine.user.counts.words.keys()
    assert "tomorrwo" not in engine.user.counts.words


def test_a_private_field_learns_nothing_and_leaves_nothing(engine: Autocompleter, tmp_path: Path) -> None:
    _type(engine, "I met Anna today")
    assert engine.user
    engine.user.data.flush()
    before = engine.user.data.export()
    with engine.session(private=True) as session:
        for letter in "my zorblattish secret ":
            session.type(letter)
        session.backspace(3)
    assert session.text == ""
    assert engine.user.data.export() == before
    assert b"zorblattish" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    gc.collect()
    with engine._lock:  # the adapter's thread uses the model, whose memory a list of all objects would hold on to
        held = [thing for thing in gc.get_objects() if type(thing) is dict and "zorblattish" in thing]
    assert held == []
    assert not any("zorblattish" in context for context in engine.user.counts._contexts)


def test_a_session_offers_what_a_fresh_start_offers(engine: Autocompleter) -> None:
    _type(engine, "I met Zorblatt today", "I met Zorblatt there")
    session = engine.session()
    for letter in "I met Zornbltt at the door":
        session.type(letter)
        assert session.suggestions == engine.suggest(session.text)


def test_a_user_that_is_not_learned_from_is_typed_for(tmp_path: Path) -> None:
    path = tmp_path / "user.db"
    path.write_text("something else")
    with pytest.warns(RuntimeWarning, match="nothing will be learned"):
        engine = autocomplete.load(user=path, user_trouble="without")
    _type(engine, "I met Zorblatt today", "I met Zorblatt there")
    assert "Zorblatt" not in _words(engine, "I met Zo")
    assert path.read_text() == "something else"
    engine.close()


def test_the_price_of_an_own_word_follows_its_letters(engine: Autocompleter) -> None:
    assert engine.user
    engine.user.data.add_words(["Zorblatt", "Zorblang", "O'Zorbel"])
    assert engine._blending
    listed = Costs.of(engine._lexicon, np.full(len(engine._lexicon), np.inf, np.float32))
    for text, whole, free, dear in (
        ("I met zorblan", False, {"zorblang"}, {"zorblatt"}),
        ("I met Zorblang", False, set(), set()),  # stands there already
        ("I met Zorblang", True, {"zorblang"}, set()),
        ("I met o'z", False, {"o'zorbel"}, set()),
    ):
        caret = caret_of(text)
        assert caret is not None
        own = engine._blending.shares(caret, listed, whole=whole).own
        assert {word for word, share in own.items() if share.cost == 0} == free
        assert {word for word, share in own.items() if share.cost > 0} >= dear


def test_own_words_are_found_though_spaces_went_wrong(engine: Autocompleter) -> None:
    _type(engine, "I met Zorblatt today", "I met Zorblatt there")
    assert _words(engine, "I met zor blat")[0] == "Zorblatt"
    assert _words(engine, "I metzorb")[0] == "met Zorblatt"
    assert _words(engine, "metbzorblatt")[0] == "Met Zorblatt"
    assert "Zorblatt is" in _words(engine, "zorblattis")
    assert engine.user
    engine.user.data.block("you")
    assert "Thank you" not in _words(engine, "thankyou")


def test_a_misspelt_word_that_the_user_writes_here_is_found(engine: Autocompleter) -> None:
    """A listed word, too rare to be among those that the model finds first."""
    plain = autocomplete.load()
    for text in ("we saw the chalpa", "they saw the chap", "we saw the "):
        assert "chaplain" not in _words(plain, text)
    _type(engine, *["we saw the chaplain again"] * 2)
    assert "chaplain" in _words(engine, "we saw the chalpa")
    assert "chaplain" in _words(engine, "they saw the chap")
    assert "chaplain" in _words(engine, "we saw the ")


def test_a_word_of_many_pieces_costs_no_call_of_the_model(engine: Autocompleter) -> None:
    calls = []
    search = engine._lm.search

    def counted(state: object) -> object:
        opened = search(state)

        class Counted:
            def score(self, *arguments: object) -> object:
                calls.append(arguments)
                return opened.score(*arguments)

            def rows(self, *arguments: object) -> object:
                calls.append(arguments)
                return opened.rows(*arguments)

        return Counted()

    engine._lm.search = counted
    texts = ["we saw Zo", "I met Zorbl", "I met Zornlatt", "I met "]
    spent = []
    for _ in range(2):
        for text in texts:
            engine.suggest(text)
        spent.append(len(calls))
        calls.clear()
        _type(engine, *["I met Zorblattinskaya today"] * 3)
    calls.clear()
    for text in texts:
        engine.suggest(text)
    assert "Zorblattinskaya" in _words(engine, "I met Zorbl")
    assert len(calls) - 1 <= spent[0]


def test_the_file_is_asked_how_words_are_written_only_for_those_that_are_shown(engine: Autocompleter) -> None:
    assert engine.user and engine._blending
    _type(
        engine,
        *["we saw the zorblatt, the zorbine, the zorpel and the zornik, then the thing that they think this"] * 2,
    )
    counts, asked = engine.user.counts, []
    forms = counts.forms
    counts.forms = lambda word: asked.append(word) or forms(word)
    for text in ("we saw the ", "we saw the zo", "we saw th", "we saw the th"):
        counts.judged.clear()
        asked.clear()
        shown = {word.lower() for word in _words(engine, text)}
        assert set(asked) <= shown and asked, text


def _typed_at(engine: Autocompleter, text: str, off: float = 0.0) -> None:
    """Type a text without being corrected, each key touched so far beside its middle."""
    layout = load_layout()
    with engine.session(autocorrect=False) as session:
        for letter in text:
            x, y = layout.centres[layout.index[letter.lower()]]
            session.type(letter, at=(float(x) + off, float(y)))


def test_what_the_touches_of_a_session_say_decides_whether_a_slip_is_learned(engine: Autocompleter) -> None:
    assert engine.user
    for _ in range(6):
        _typed_at(engine, "see you tomprrow then ", off=0.5)
    assert not engine.user.is_offered("tomprrow")
    assert "tomprrow" not in engine.user.counts.words
    for _ in range(2):
        _typed_at(engine, "see you tomprrow then ")
    assert engine.user.is_offered("tomprrow")
