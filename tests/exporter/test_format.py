"""The document of the format: its patterns, numbers and tables are the code's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autocomplete import (
    ahead,
    beam,
    bundle,
    calibration,
    caret,
    channel,
    correction,
    emoji,
    engine,
    error_model,
    habits,
    hindsight,
    lexicon,
    matching,
    mistakes,
    repeated,
    respacing,
    single_pieces,
    slipped_pairs,
    spaces,
    text,
    unknown_words,
)
from autocomplete.layout import load_layout
from autocomplete.loading import built_in_bundle
from autocomplete.network import Network

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "export" / "README.md").read_text(encoding="utf8")


def section(name: str) -> str:
    """Give the part under a heading."""
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def rows(part: str) -> list[list[str]]:
    """Give the cells of all tables of a part."""
    lines = (line.strip() for line in part.splitlines())
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line.startswith("|")]


def test_the_patterns_are_those_of_the_code() -> None:
    block = re.search(r"^```python\n(.*?)^```", section("Text"), re.MULTILINE | re.DOTALL)
    assert block
    written: dict[str, Any] = {}
    exec(block[1], written)
    assert written["WORD"] == text.WORD
    assert written["MARKS"] == text._MARKS
    patterns = {
        "CHUNK": text._CHUNK,
        "PREFIX": text._PREFIX,
        "MEASURE": text._MEASURE,
        "LITERAL": text._LITERAL,
        "CLOSED": caret._CLOSED,
        "SHOUTED_LINE": text._SHOUTED_LINE,
        "LONE_WORD": text._LONE_WORD,
        "NUMBER": text._NUMBER,
        "SPACES": text._SPACES,
        "BREAKS": text._BREAKS,
    }
    for name, pattern in patterns.items():
        assert written[name] == pattern.pattern, name
    assert written["START"] + r"\Z" == text._AT_START.pattern
    assert {name for name, pattern in patterns.items() if pattern.flags & re.IGNORECASE} == {
        line.split(" =")[0] for line in block[1].splitlines() if line.endswith("# any case")
    }


def test_words_of_the_field_are_found_as_written() -> None:
    part = section("Ranking")
    block = re.search(r"^```python\n(WORDS.*?)^```", part, re.MULTILINE | re.DOTALL)
    assert block
    written: dict[str, Any] = {"WORD": text.WORD}
    exec(block[1], written)
    assert written["WORDS"] == repeated.WORDS.pattern
    assert f"log({repeated.RATE} n)" in part and "a probability above 2e-5" in part
    assert pytest.approx(np.log(2e-5)) == unknown_words._COMMON
    assert repeated.LEAST == unknown_words._SHORT == 3


def test_the_patterns_beside_words_are_those_of_the_code() -> None:
    block = re.search(r"^```python\n(.*?)^```", section("Beside words"), re.MULTILINE | re.DOTALL)
    assert block
    written: dict[str, Any] = {}
    exec(block[1], written)
    assert written["ASKING"] == ahead._ASKING.pattern
    assert ahead._ASKING.flags & re.IGNORECASE
    assert written["NAME"] == emoji._NAME.pattern
    assert written["LAST_WORDS"] == emoji._LAST_WORDS.pattern


def test_the_error_rates_are_those_of_the_code() -> None:
    table = {cells[0].strip("`"): cells[1] for cells in rows(section("Cost of what is typed")) if len(cells) == 3}
    for name, value in vars(error_model.ErrorRates()).items():
        assert float(table[name]) == value, name
    assert float(table["weight"]) == channel._WEIGHT
    assert float(table["far_limit"]) == channel._FAR_LIMIT
    assert float(table["near_limit"]) == channel._NEAR_LIMIT
    assert float(table["finished"]) == channel._FINISHED
    assert tuple(map(float, table["limit` of 1, 2, 3, 4 and more letters"].split(","))) == channel._LIMITS
    groups = re.search(r"Groups of letters:\n(.*?)\. share", section("Cost of what is typed"), re.DOTALL)
    assert groups
    assert tuple(re.findall(r"`(\w+)`", groups[1])) == error_model.CONFUSED


def test_the_keys_are_those_of_the_layout() -> None:
    layout = load_layout("qwerty")
    for number, start, keys in (cells for cells in rows(section("Cost of what is typed")) if cells[0].isdigit()):
        left = float(start)
        letters = re.match(r"`(\w+)`$", keys)
        for key, width in [(key, 1.0) for key in letters[1]] if letters else [(",", 1.0), (" ", 5.0), (".", 1.0)]:
            place = layout.index[key]
            np.testing.assert_allclose(layout.centres[place], [left + width / 2, 1.4 * (int(number) + 0.5)], rtol=1e-6)
            assert layout.sizes[place, 0] == width
            left += width


def test_the_features_of_corrections_and_their_weights_are_those_of_the_code() -> None:
    table = [cells for cells in rows(section("Corrections")) if cells[0].startswith("`")]
    assert tuple(cells[0].strip("`") for cells in table) == Network.read("respelling.tsv").names
    assert {cells[0].strip("`"): float(cells[1]) for cells in table if cells[1]} == correction.RECASED


def test_the_constants_of_confidence_are_those_of_the_code() -> None:
    table = [cells for cells in rows(section("Ranking")) if len(cells) == 3 and cells[2][-1:].isdigit()]
    found = [tuple(float(value) for value in cells[2].split(",")) for cells in table]
    fitted = calibration.FITTED
    assert found == [(fitted.scale,), fitted.steps, fitted.unlisted, fitted.typed, fitted.others]


@pytest.mark.parametrize(
    ("part", "sentence", "values"),
    [
        ("Text", "a prefix longer than {}\n   characters", [text._MAX_PREFIX]),
        ("Text", "the context's last {} characters end as", [caret._MARKS]),
        ("Ranking", "in at most {} rounds of one call: a pool of {} nodes", [
            beam.DecodingOptions().max_rounds, beam.DecodingOptions().pool_size]),
        ("Ranking", "is {:g} nats behind the best word", [beam.DecodingOptions().beam_threshold]),
        ("Ranking", "is lower case loses {:g} nats", [-matching.LOWER_BIAS]),
        ("Ranking", "are {:g} nats or more behind", [matching._FAINT]),
        ("Ranking", "its best score is below {:g}", [engine._DOUBTFUL]),
        ("Cost of what is typed", "{} letters or more are typed, `far_limit` holds", [channel._FAR_LETTERS]),
        ("Spaces", "From {} letters on", [spaces._SHORTEST]),
        ("Spaces", "of log-frequency above {:g} and", [single_pieces._LEAST]),
        ("Spaces", "The {} cuts of the greatest", [spaces._PAIRS]),
        ("Spaces", "no such pair scores {:g} or more, no word has the key, and {} letters", [
            spaces._LOST, slipped_pairs.SHORTEST]),
        ("Spaces", "one part is a word of log-frequency {:g} or more", [single_pieces._LEAST]),
        ("Spaces", "the other part has {} letters or more; the {} whose", [
            slipped_pairs._SLIPPED, slipped_pairs._CUTS]),
        ("Spaces", "the {} words of the greatest log-frequency less cost, of cost at most {:g}", [
            slipped_pairs._EACH, slipped_pairs._DEAREST]),
        ("Spaces", "as all of a word of {} pieces or fewer", [slipped_pairs._PIECES]),
        ("Spaces", "both have {} letters or more together", [spaces._SHORTEST]),
        ("Spaces", "({:g} if it is no word of one piece)", [lexicon.UNLISTED]),
        ("Spaces", "of {} at most, and the lexicon has it not", [respacing._REACH - 1]),
        ("Corrections", "the {} best words of a search", [engine._WIDE]),
        ("Corrections", "the first {}) after the context", [engine._TOKENS]),
        ("Corrections", "more than {} letters", [correction._LONGEST]),
        ("Corrections", "from -{:g} to {:g}", [correction._FURTHEST, correction._FURTHEST]),
        ("Corrections", "`lead_near` | {:g} | at most {:g} |", [correction.RECASED["lead_near"], correction._NEAR]),
        ("Corrections", "at least {:g}", [correction._RAREST]),
        ("Corrections", "has at most {} characters", [correction._SHORT]),
        ("Corrections", "its characters, at most {}", [correction._LONG]),
        ("Corrections", "share above {}", [error_model._NEIGHBOUR]),
        ("Corrections", "one of `{}`, not the last", ["".join(sorted(mistakes.VOWELS))]),
        ("Corrections", "A respelled reading of {} or\nmore, a recased one of {} or more", [
            correction.SURE, correction.SURE_OF_CASE]),
        ("Corrections", "in the last {} characters of the context", [habits._REACH]),
        ("The word before", "up to {} words, neither", [hindsight._OTHERS]),
        ("The word before", "at a cost of at most {:g}", [hindsight._FURTHEST]),
        ("The word before", "is not more than {:g} below", [-hindsight._DOUBT]),
        ("The word before", "({:g} if no word has it)", [lexicon.UNLISTED]),
        ("The word before", "have at most {} tokens", [hindsight._TOKENS]),
        ("The word before", "if that is {:g} or\nmore", [hindsight.OFFERED]),
        ("The word before", "From {:g} on it stands\nfirst", [hindsight.SURE]),
        ("The word before", "exp(-({:g} + {:g} · margin))", list(calibration.FITTED.second)),
        ("The word before", "from a margin of {:g} on", [hindsight.CERTAIN]),
        ("Beside words", "and so on, at most {};", [ahead._MOST_TOKENS]),
        ("Beside words", "times f, is at least {:g}; f is", [ahead.SURE_OF_WORDS]),
        ("Beside words", "a completion of confidence {:g} or more", [ahead.SURE_OF_WORDS]),
        ("Beside words", "a probability of at least {:g} after", [ahead.SURE_OF_QUESTION]),
        ("Beside words", "both look at {} characters", [emoji._LONGEST]),
        ("Writing", "In the last {} characters of the context", [habits._REACH]),
        ("Writing", "both together are -{} or less", [habits._SIGNS]),
        ("Writing", "no small letter and {} *loud* words", [habits._SHOUTED]),
        ("Text", "fewer than {}\n   letters, or at most {} and all capitals", [
            text._LETTERS_OF_SLIP, text._LETTERS_OF_CODE]),
        ("Words", "{} offensive", [lexicon.OFFENSIVE]),
        ("Words", "{} variant", [lexicon.VARIANT]),
    ],
)  # fmt: skip
def test_the_numbers_in_the_text_are_those_of_the_code(part: str, sentence: str, values: list[Any]) -> None:
    def flat(value: str) -> str:
        return " ".join(value.split())

    assert flat(sentence.format(*values)) in flat(section(part))


def test_the_header_is_as_drawn() -> None:
    data = built_in_bundle().read_bytes()[: bundle._HEADER.size]
    table = {cells[0]: cells[2] for cells in rows(section("The file")) if cells[0].isdigit()}
    assert bytes.fromhex(table["0"].strip("`").replace(" ", "")) == data[:8]
    assert table["8"] == f"format version, {int.from_bytes(data[8:12], 'little')}"
    assert int.from_bytes(data[12:16], "little") == 1
    assert max(int(place) for place in table) == len(data)
