"""Compiled kernels on disk: kept, read without the compiler, made anew where they are damaged or cannot be kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autocomplete import compiled

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")

FIND = """
import sys
from pathlib import Path
import numpy as np
from autocomplete import compiled
compiled._places = lambda: [Path(place) for place in sys.argv[1:]]
nodes = np.array([[0, 1, 1, 0], [3, 1, 2, 1], [-1, 1, 2, 2]], np.int32)
found = compiled.kernel("find_letters")(nodes, np.array([3], np.int32))
print(found, "numba" in sys.modules)
"""


def _find(*places: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", FIND, *map(str, places)], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.slow
def test_code_is_kept_and_read_without_the_compiler_and_made_anew_if_it_is_damaged(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "kernels.o"
    assert _find(place) == "1 True"
    kept = place.read_bytes()
    assert _find(place) == "1 False"
    place.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert _find(place) == "1 True"
    assert _find(place) == "1 False"
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.slow
def test_where_nothing_can_be_kept_the_next_place_serves(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused, place = tmp_path / "file" / "kernels.o", tmp_path / "kernels.o"
    assert _find(refused, place) == "1 True"
    assert _find(refused, place) == "1 False"
    assert _find(refused) == "1 True"


def test_other_processors_have_other_files(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(compiled._places())
    assert before == list(compiled._places())
    monkeypatch.setattr(compiled, "_features", lambda: "+none")
    after = list(compiled._places())
    assert [place.parent for place in after] == [place.parent for place in before]
    assert after[0] != before[0]


def test_an_installation_that_belongs_to_another_leaves_a_folder_of_ones_own() -> None:
    first, second = compiled._places()
    assert first.name == second.name
    assert Path(compiled.__file__).parent in first.parents
    assert Path(compiled.__file__).parent not in second.parents


def test_arrays_that_are_laid_out_otherwise_are_refused() -> None:
    find = compiled.kernel("find_letters")
    nodes, letters = np.zeros((4, 4), np.int32), np.zeros(2, np.int32)
    wrong = [
        (nodes[:, 1:], letters),
        (nodes[::2], letters),
        (nodes.T, letters),
        (nodes, np.zeros(4, np.int32)[::2]),
        (nodes.astype(np.int64), letters),
        (nodes, letters.astype(np.int8)),
    ]
    assert find(nodes, letters[:0]) == 0  # an array without elements has no layout
    for arrays in wrong:
        with pytest.raises(TypeError, match=r"find_letters takes contiguous arrays: i4\[2\] i4\[1\]"):
            find(*arrays)
    with pytest.raises(TypeError):
        find(nodes)
