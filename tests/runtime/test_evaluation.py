"""The simulated typist against one written the plain way, and against lines counted by hand."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from autocomplete.evaluation import Suggest, choose_lines, table, type_lines

WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
LISTED = [
    "the",
    "then",
    "there",
    "we",
    "went",
    "were",
    "home",
    "house",
    "I",
    "I'm",
    "well-known",
    "today",
    "6",
    "again",
]


def listed(text: str, k: int) -> list[str]:
    """Offer words of a list, in an order that depends on the text, one of them with a capital."""
    prefix = re.search(r"[^\s]*$", text)[0].lower()  # type: ignore[index]
    words = [word for word in LISTED if word.lower().startswith(prefix)]
    turn = len(text) % 3
    words = words[turn:] + words[:turn]
    return [word.capitalize() if place == 1 else word for place, word in enumerate(words)][:k]


def naive(suggest: Suggest, lines: Sequence[str], k: int, *, fold: bool) -> dict[str, float]:
    """Type as the protocol says, a character at a time on a plain string."""
    same = (lambda a, b: a.casefold() == b.casefold()) if fold else (lambda a, b: a == b)
    keys = characters = n = n_all = top1 = top3 = top3_all = 0
    shown = {after: [0, 0] for after in (1, 2, 3)}
    for line in lines:
        characters += len(line)
        typed, first = "", True
        while typed != line:
            at = len(typed)
            match = WORD.match(line, at)
            if match is None or (at and line[at - 1] != " "):
                typed += line[at]
                keys += 1
                continue
            word = match[0]
            hit = next((j for j in range(len(word)) if any(same(word, w) for w in suggest(typed + word[:j], k))), None)
            bar = suggest(typed, k)
            n_all += 1
            n += not first
            top3_all += hit == 0
            top3 += hit == 0 and not first
            top1 += not first and bool(bar) and same(bar[0], word)
            first = False
            for after, counts in shown.items():
                if len(word) > after:
                    counts[1] += 1
                    counts[0] += hit is not None and hit <= after
            if hit is None:
                keys += len(word)
                typed += word
            else:
                keys += hit + 1
                typed += word + (" " if line[at + len(word) :].startswith(" ") else "")
    return {
        "keystroke_savings": 1 - keys / characters,
        "top1": top1 / max(n, 1),
        "top3": top3 / max(n, 1),
        "top3_all": top3_all / max(n_all, 1),
        **{f"hit_after_{after}": hits / max(total, 1) for after, (hits, total) in shown.items()},
    }


def _lines(seed: int) -> list[str]:
    rng = random.Random(seed)
    words = [*LISTED, "The", "zebra", "We", "house's", "(home)", "again,", "to-day", "-"]
    return [" ".join(rng.choices(words, k=rng.randint(1, 9))) + rng.choice(["", ".", "!?"]) for _ in range(40)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 3])
def test_the_typist_is_the_naive_one(seed: int, k: int) -> None:
    lines = _lines(seed)
    figures = type_lines(listed, lines, k).as_dict()
    for way, fold in (("ignoring_case", True), ("exact", False)):
        for name, ref in naive(listed, lines, k, fold=fold).items():
            assert figures[way][name] == pytest.approx(ref, abs=1e-5), (way, name)


def test_a_line_counted_by_hand() -> None:
    # "we" is offered at once: 1 key for "we "; "zebra" never: 5; " ": 1; "home" after "h": 2, its space comes with it;
    # "!" is a character of its own
    def offer(text: str, k: int) -> list[str]:
        return {"": ["We"], "we zebra h": ["home"]}.get(text, [])

    report = type_lines(offer, ["we zebra home !"], 3)
    assert report.ignoring_case.keystrokes == 1 + 5 + 1 + 2 + 1
    assert report.exact.keystrokes == 2 + 1 + 5 + 1 + 2 + 1
    assert report.words == 3
    assert report.words_not_first == 2


def test_who_offers_nothing_saves_nothing_and_who_knows_all_saves_most() -> None:
    lines = ["we went home", "there we were"]
    assert type_lines(lambda text, k: [], lines, 3).as_dict()["ignoring_case"]["keystroke_savings"] == 0.0

    def oracle(text: str, k: int) -> list[str]:
        return [lines[0][len(text) :].split(" ")[0]]

    report = type_lines(oracle, lines[:1], 3)
    assert report.ignoring_case.keystrokes == report.words == 3
    assert report.as_dict()["exact"]["top1_all"] == 1.0


def test_lines_are_drawn_by_seed_and_short_ones_left_out(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_text("\n".join([f"line number {i}  here" for i in range(50)] + ["too short", ""]))
    everything = choose_lines(path)
    assert everything == [f"line number {i} here" for i in range(50)]
    drawn = choose_lines(path, 10, seed=3)
    assert drawn == choose_lines(path, 10, seed=3) != choose_lines(path, 10, seed=4)
    assert set(drawn) < set(everything)
    path.write_text("a b\nc\n")
    with pytest.raises(ValueError, match="three words"):
        choose_lines(path)
    path.write_bytes(b"one two three\n\xff\xfe four five")
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        choose_lines(path)


def test_progress_and_table() -> None:
    done: list[int] = []
    report = type_lines(listed, _lines(1), 3, done.append)
    assert done == list(range(1, 41))
    text = table("some.txt", report)
    savings = 100 * report.as_dict()["ignoring_case"]["keystroke_savings"]
    assert "some.txt: 40 lines" in text
    assert f"{savings:.1f} %" in text


def test_percentiles_are_of_all_keystrokes() -> None:
    report = type_lines(listed, _lines(2), 3)
    report.seconds[:] = [n / 1000 for n in range(1, 101)]
    assert report.percentile(0.5) == pytest.approx(51)
    assert report.percentile(0.99) == pytest.approx(100)
    report.seconds.clear()
    assert report.percentile(0.5) == 0.0
