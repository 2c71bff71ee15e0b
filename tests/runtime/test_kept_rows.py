"""What is kept of tokens: found again by all that stands before, bounded, forgotten when told."""

from __future__ import annotations

import numpy as np
import pytest

from autocomplete.kept_rows import KeptRows, Path
from tests.tiny import SHAPE


def keep(kept: KeptRows, *paths: Path | None, needed: tuple[int, ...] = ()) -> list[int]:
    """Keep tokens with values that follow from their paths."""
    values = np.array([sum(path or ()) for path in paths], np.float32)
    sizes = SHAPE.n_layer, SHAPE.n_head, len(paths), SHAPE.head_dim
    k = np.broadcast_to(values[None, None, :, None], sizes)
    return kept.keep(paths, k, -k, np.repeat(values[:, None], SHAPE.vocab_size, axis=1), needed)


def is_right(kept: KeptRows, path: Path) -> bool:
    """Tell whether a path is found, with the values that follow from it."""
    place = kept.find(path)
    if place is None:
        return False
    there = (kept.logprobs[place], kept.k[place], -kept.v[place])
    return all((values == sum(path)).all() for values in there)


def test_tokens_are_found_by_all_that_they_see() -> None:
    kept = KeptRows(SHAPE, rows=4)
    places = keep(kept, (2, 7), (2, 9))
    assert [kept.find((2, 7)), kept.find((2, 9))] == places
    assert is_right(kept, (2, 7)) and is_right(kept, (2, 9))
    assert kept.find((9,)) is None and kept.find((2, 9, 1)) is None


def test_the_oldest_give_way() -> None:
    kept = KeptRows(SHAPE, rows=5)
    keep(kept, (1,), (2,), (3,))
    keep(kept, (4,), (5,), (6,))
    assert [number for number in range(9) if kept.find((number,)) is not None] == [2, 3, 4, 5, 6]
    for _ in range(3):
        keep(kept, *((number,) for number in range(10, 14)))
    assert all(is_right(kept, (number,)) for number in range(10, 14))


def test_what_is_needed_stays() -> None:
    kept = KeptRows(SHAPE, rows=5)
    keep(kept, (1,), (2,), (3,), (4,), (5,))
    needed = (0, 2)
    assert keep(kept, (6,), (7,), needed=needed) == [1, 3]
    assert keep(kept, (8,), (9,), (10,), needed=needed) == [4, 1, 3]
    assert [number for number in range(20) if is_right(kept, (number,))] == [1, 3, 8, 9, 10]


@pytest.mark.parametrize("rows", [2, 3, 4])
def test_what_is_kept_twice_stays_until_its_later_turn(rows: int) -> None:
    kept = KeptRows(SHAPE, rows=rows)
    keep(kept, (1,), (1,))
    for number in range(2, rows + 1):
        keep(kept, (number,))
    assert is_right(kept, (1,))
    keep(kept, (90,))
    assert kept.find((1,)) is None and is_right(kept, (90,))


def test_what_has_no_path_is_there_and_not_found() -> None:
    kept = KeptRows(SHAPE, rows=3)
    places = keep(kept, None, (5,))
    assert (kept.logprobs[places[0]] == 0).all() and is_right(kept, (5,))
    keep(kept, (6,), (7,), (8,))
    assert is_right(kept, (7,)) and is_right(kept, (8,)) and kept.find((5,)) is None


def test_a_note_lasts_as_long_as_its_row() -> None:
    kept = KeptRows(SHAPE, rows=2)
    (place,) = keep(kept, (5,))
    assert np.isnan(kept.notes[place])
    kept.notes[place] = 0.5
    keep(kept, (6,))
    assert kept.notes[place] == 0.5
    assert keep(kept, (7,)) == [place]
    assert np.isnan(kept.notes[place])


def test_everything_is_forgotten() -> None:
    kept = KeptRows(SHAPE, rows=4)
    before = kept.logprobs
    keep(kept, (2, 7), (2, 9))
    kept.clear()
    assert kept.find((2, 7)) is None and kept.logprobs is not before
    keep(kept, (2, 9))
    assert is_right(kept, (2, 9)) and kept.find((2, 7)) is None
