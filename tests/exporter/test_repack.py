"""A bundle with other words keeps its model."""

from __future__ import annotations

from pathlib import Path

import pytest

import autocomplete
from autocomplete import bundle
from autocomplete.attested import Attested
from autocomplete.bundle import ATTESTED, GRAPH, LEXICON, PIECES
from autocomplete.loading import built_in_bundle
from export.repack import RepackConfig, repack

pytestmark = pytest.mark.tflite


def test_words_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "lexicon.tsv").write_text("the\t-3.0\t\nthem\t-6.0\t\nThessaloniki\t-12.0\t\n")
    (tmp_path / "attested.tsv").write_text("thx\t-13.8\t\nrecieve\t-14.0\treceive\n")
    (tmp_path / "text.txt").write_text("give them the book\n" * 3)
    config = RepackConfig(
        bundle=built_in_bundle(),
        lexicon=tmp_path / "lexicon.tsv",
        attested=tmp_path / "attested.tsv",
        eval_text=tmp_path / "text.txt",
        out=tmp_path / "new.bundle",
    )
    made, before = repack(config), bundle.read(built_in_bundle())
    for section in (GRAPH, PIECES):
        assert made.sections[section] == before.sections[section]
    assert made.sections[LEXICON] != before.sections[LEXICON]
    assert Attested.from_bytes(made.sections[ATTESTED]).frequency("thx") == 3.0
    assert made.manifest.self_check == before.manifest.self_check
    card, old = made.manifest.model_card, before.manifest.model_card
    assert {name for name in old if card[name] != old[name]} == {"figures"}
    assert card["figures"]["words"] == 12
    with autocomplete.load(config.out).session("Give ") as field:
        field.type("th")
        assert {suggestion.word for suggestion in field.suggestions} == {"the", "them", "Thessaloniki"}
    again = repack(RepackConfig(**{**vars(config), "bundle": config.out, "out": config.out}))
    assert again.checksum == made.checksum
