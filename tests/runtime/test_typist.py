"""The typist is seeded, makes as many mistakes as asked, and makes them where keys are near."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autocomplete.layout import layout_names, load_layout
from autocomplete.typist import Slips, Typist, keys_at

TEXT = "the quick brown fox jumps over lazy dogs while seven good singers walk about, and nobody ever looks back"


def _lines(seed: int = 3, count: int = 400) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(TEXT.split(), k=9)).capitalize() + rng.choice([".", "", "!?"]) for _ in range(count)]


def test_the_same_seed_types_the_same() -> None:
    layout, lines = load_layout(), _lines(count=30)
    typist, twin, other = Typist(layout, lines), Typist(layout, lines), Typist(layout, lines, seed=8)
    ref = [typist.type(line) for line in lines]
    assert [twin.type(line) for line in reversed(lines)][::-1] == ref
    assert [other.type(line) for line in lines] != ref


@pytest.mark.parametrize("name", ["qwerty", "dvorak"])
@pytest.mark.parametrize("rate", [0.02, 0.05, 0.15])
def test_as_many_keys_go_wrong_as_asked(name: str, rate: float) -> None:
    layout, lines = load_layout(name), _lines()
    typist = Typist(layout, lines, Slips(rate=rate))
    keys = sum(letter.lower() in layout.index for line in lines for letter in line)
    wrong = sum(len(typist.type(line).slips) for line in lines)
    # a letter that changed places takes its neighbour's turn, so a few mistakes are missing
    assert wrong / keys == pytest.approx(rate, abs=4 * math.sqrt(rate * (1 - rate) / keys) + 0.05 * rate * rate)


def test_slips_come_as_often_as_stated() -> None:
    layout, lines = load_layout(), _lines(count=1500)
    slips = Slips(rate=0.1)
    typist = Typist(layout, lines, slips)
    found = Counter(slip for line in lines for slip in typist.type(line).slips)
    letters = sum(letter.isalpha() for line in lines for letter in line)
    spaces = sum(line.count(" ") for line in lines)
    for kind, share, places in (
        ("omission", slips.omission, letters),
        ("doubling", slips.doubling, letters),
        ("insertion", slips.insertion, letters),
        ("missed space", slips.missed_space, spaces),
    ):
        expected = slips.rate * share * places
        assert abs(found[kind] - expected) < 4 * math.sqrt(expected) + 0.01 * expected, kind
    assert found["substitution"] > 0.7 * found.total()
    assert set(found) == {
        "substitution", "omission", "doubling", "insertion", "transposition", "missed space", "accidental space",
    }  # fmt: skip


def test_touches_that_miss_fall_on_neighbours_as_their_distance_asks() -> None:
    layout = load_layout()
    lines = ["h" * 40_000]
    slips = Slips(rate=0.1, omission=0, doubling=0, insertion=0, transposition=0, accidental_space=0)
    typist = Typist(layout, lines, slips)
    found = Counter(key.character for key in typist.type(lines[0]).keys)
    assert set(found) <= set("hgjyutibvnm")
    # h lies under the edge of y and u and above the middle of b; a key is 1 wide and 1.4 high
    beyond, above = _tail(0.5 / typist.sigma), _tail(0.7 / typist.sigma)
    expected = {
        "g": (beyond - _tail(1.5 / typist.sigma)) * (1 - 2 * above),
        "y": (0.5 - _tail(1 / typist.sigma)) * above,
        "b": (1 - 2 * beyond) * above,
        "h": (1 - 2 * beyond) * (1 - 2 * above),
    }
    for key, probability in (expected | {"j": expected["g"], "u": expected["y"]}).items():
        mean = len(lines[0]) * probability
        assert abs(found[key] - mean) < 4 * math.sqrt(mean * (1 - probability)), key


def _tail(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2))


def test_touches_lie_around_the_middle_of_the_key_and_say_which_was_hit() -> None:
    layout, lines = load_layout(), ["e" * 20_000]
    typist = Typist(layout, lines)
    keys = typist.type(lines[0]).keys
    for key in keys[:2000]:
        assert key.at is not None
        assert layout.key_at(*key.at) == key.character
    points = np.array([key.at for key in keys if key.slip in (None, "substitution")])
    assert points.mean(axis=0) == pytest.approx(layout.centres[layout.index["e"]], abs=0.01)
    assert points.std(axis=0) == pytest.approx([typist.sigma] * 2, rel=0.03)


def test_a_capital_is_one_key_and_stays_one() -> None:
    layout, lines = load_layout(), ["HELLO " * 500]
    typist = Typist(layout, lines, Slips(rate=0.3, insertion=0))
    typed = typist.type(lines[0])
    assert {key.slip for key in typed.keys} > {"substitution"}
    assert not any(key.character.islower() for key in typed.keys if lines[0][key.meant] != " ")


def test_what_the_layout_does_not_have_is_typed_as_it_is() -> None:
    layout = load_layout()
    line = "é(ß)ñ😀"
    typed = Typist(layout, [line], Slips(rate=0.4)).type(line)
    assert typed.text == line
    assert all(key.at is None for key in typed.keys)
    assert typed.slips == ()


def test_without_mistakes_the_line_stands() -> None:
    lines = _lines(count=20)
    typist = Typist(load_layout(), lines, Slips(rate=0))
    assert typist.sigma == 0
    for line in lines:
        typed = typist.type(line)
        assert typed.text == line
        assert not any(word.mistyped for word in typed.words())
        assert [line[word.start : word.start + len(word.word)] for word in typed.words()] == [
            word.word for word in typed.words()
        ]


def test_each_word_is_reported_with_what_was_typed_for_it() -> None:
    layout, lines = load_layout(), _lines(count=300)
    typist = Typist(layout, lines, Slips(rate=0.1, missed_space=0.5, accidental_space=0.2))
    seen = Counter()
    for line in lines:
        typed = typist.type(line)
        for word in typed.words():
            seen["mistyped"] += word.mistyped
            seen["split"] += " " in word.typed
            seen["gone"] += not word.typed
            if word.typed:
                assert typed.text[: word.end].endswith(word.typed)
                assert typed.text[word.end : word.end + 1] in ("", *" ,.!?")
        shared = Counter(word.end for word in typed.words() if word.end)
        seen["joined"] += sum(count > 1 for count in shared.values())
        if not typed.slips:
            assert not any(word.mistyped for word in typed.words())
    assert all(seen[kind] > 0 for kind in ("mistyped", "split", "joined")), seen


def test_words_are_reported_as_a_person_would_count_them() -> None:
    layout = load_layout()
    line = "a thecat sat"
    typed = Typist(layout, [line], Slips(rate=0)).type(line)
    # the same keys, meant for another line: the space between "the" and "cat" was missed
    meant = "a the cat sat"
    keys = tuple(replace(key, meant=key.meant + (key.meant >= 5)) for key in typed.keys)
    words = replace(typed, line=meant, keys=keys).words()
    assert [(word.word, word.typed, word.end) for word in words] == [
        ("a", "a", 1), ("the", "thecat", 8), ("cat", "thecat", 8), ("sat", "sat", 12),
    ]  # fmt: skip
    assert [word.mistyped for word in words] == [False, True, True, False]


@pytest.mark.parametrize("wrong", [{"rate": -0.1}, {"rate": 0.5}, {"omission": -0.1}, {"insertion": 0.95}])
def test_slips_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Slips(**wrong)


def test_a_rate_that_no_touch_can_reach_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text('rows = [{ x = 0.0, keys = "a" }]')
    with pytest.raises(ValueError, match="no spread of touches"):
        Typist(load_layout(path), ["aaa"])


@pytest.mark.parametrize("name", layout_names())
def test_many_touches_fall_where_each_alone_does(name: str, rng: np.random.Generator) -> None:
    layout = load_layout(name)
    points = rng.uniform((-2, -2), (13, 9), (500, 2))
    assert [layout.keys[place] for place in keys_at(layout, points)] == [layout.key_at(*point) for point in points]
