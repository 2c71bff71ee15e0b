"""The manifest: survives JSON, ignores what it does not know, refuses sizes that cannot be."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from autocomplete.manifest import Manifest, ModelShape
from tests.tiny import SHAPE, manifest


def test_manifest_ignores_what_a_later_release_adds() -> None:
    values = json.loads(json.dumps({**asdict(manifest()), "sections": {}, "novelty": 1}))
    assert Manifest.from_dict(values) == manifest()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"buckets": ()}, "at least one"),
        ({"buckets": (0,)}, "at least one"),
        ({"context_len": 30}, "multiples of the reading bucket"),
        ({"hop": 12}, "multiples of the reading bucket"),
        ({"hop": 64}, "multiples of the reading bucket"),
        ({"slots": 39}, "no room for a search"),
    ],
)
def test_shapes_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SHAPE, **changes)


def test_shape_from_json_equals_the_original() -> None:
    assert ModelShape(**json.loads(json.dumps(asdict(SHAPE)))) == SHAPE
