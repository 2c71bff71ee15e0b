"""The table of words that are written though they are not listed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocomplete.attested import Attested, hash_of

SHARES = st.dictionaries(st.text(min_size=1, max_size=12), st.floats(1e-12, 1e-2), max_size=40)


@given(SHARES, st.text(max_size=12))
def test_what_is_written_is_read_back(shares: dict[str, float], other: str) -> None:
    table = Attested.from_bytes(Attested.from_shares(shares).to_bytes())
    hashes = {hash_of(word) >> 4 for word in shares}
    assert len(table) == len(hashes)
    for word, share in shares.items():
        if sum(hash_of(one) >> 4 == hash_of(word) >> 4 for one in shares) == 1:
            assert table.frequency(word) == pytest.approx(min(7.5, max(0.5, np.log10(share * 1e9))), abs=0.2501)
    if hash_of(other) >> 4 not in hashes:
        assert table.frequency(other) == 0


def test_misspellings_are_told_and_are_not_frequent() -> None:
    table = Attested.from_bytes(Attested.from_shares({"nite": 1e-6}, ["recieve", "jsut"]).to_bytes())
    assert [table.is_misspelt(word) for word in ("recieve", "jsut", "nite", "receive")] == [True, True, False, False]
    assert table.frequency("recieve") == 0
    assert table.frequency("nite") == 3
    assert not Attested.from_bytes(None).is_misspelt("recieve")


def test_the_hash_is_fnv_1a() -> None:
    assert [hash_of(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


def test_an_empty_table_knows_nothing() -> None:
    assert Attested.from_bytes(Attested.from_shares({}).to_bytes()).frequency("nite") == 0
    assert Attested.from_bytes(None).frequency("nite") == 0


@pytest.mark.parametrize("data", [b"", b"ATT1", b"LEX1\0\0\0\0", b"ATT1\x02\0\0\0\0\0\0\0"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="make the bundle again"):
        Attested.from_bytes(data)
