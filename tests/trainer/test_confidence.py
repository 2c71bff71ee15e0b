"""What is fitted on typed text, and what it is said to do."""

from __future__ import annotations

from pathlib import Path

import pytest

import autocomplete
from autocomplete.correction import RECASED
from autocomplete.network import Network
from training.attested import Written
from training.confidence import fit
from training.decisions import Typing, gather


def test_weights_are_fitted_on_typed_text(tmp_path: Path) -> None:
    text = tmp_path / "validation.txt"
    lines = "I will see you tomorrow morning then\nthank you for the long letter\ncan you bring the book\n"
    text.write_text(lines * 3 + "Is that what you didn't want to know about it\nWell\n" * 6)
    done: list[int] = []
    written = Written({"nite": 1e-6}, {})
    how = Typing(attested=written, known={"morning": 1e-4}, lines=15, passes=2, rate=0.1, seed=1)
    engine = autocomplete.load()
    network, found = fit(engine, [text], how, units=4, progress=done.append)
    assert Network.from_text(network.to_text()).names == network.names
    assert found["recased"].keys() == RECASED.keys()
    assert found["words"] > 120
    assert done == list(range(1, 31))
    kinds = {(row["small"], row["touched"]) for row in found["outcomes"]}
    assert kinds == {(False, False), (False, True), (True, False), (True, True), (None, None)}
    assert all(0 <= row["put_right"] <= 1 for row in found["outcomes"])
    shares = [row["put_right"] for row in found["outcomes"] if row["small"] and not row["touched"]]
    assert shares == sorted(shares, reverse=True)
    decisions = list(gather(engine, [text], how, done.append))
    for line in range(15):  # by turns with touches told and without
        assert {decision.touched for decision in decisions if decision.line == line} == {False, True}
    (tmp_path / "empty.txt").write_text("one two\n")
    with pytest.raises(ValueError, match="3 to 25 words"):
        fit(engine, [tmp_path / "empty.txt"], how, units=4, progress=done.append)
    (tmp_path / "few.txt").write_text("I will see you tomorrow\n" * 2)
    with pytest.raises(ValueError, match="5 are needed: give more text"):
        fit(engine, [tmp_path / "few.txt"], how, units=4, progress=done.append)
