"""What a bundle holds, for people and programs.

Reads and verifies a bundle without opening its graph; owns the wording only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autocomplete.bundle import read


def describe(path: Path) -> dict[str, Any]:
    """Give what a bundle says about itself, its size and checksum.

    Raises
    ------
    BundleError
        If it cannot be read whole.
    """
    bundle = read(path)
    manifest = bundle.manifest
    return {
        "path": str(path),
        "bytes": bundle.size,
        "checksum": bundle.checksum,
        "language": manifest.language,
        "variant": manifest.variant,
        "shape": {name: getattr(manifest.shape, name) for name in manifest.shape.__dataclass_fields__},
        "sections": {name: len(data) for name, data in bundle.sections.items()},
        "model_card": manifest.model_card,
    }


def lay_out(facts: dict[str, Any]) -> str:
    """Lay the facts out for reading."""
    lines = [
        f"{facts['path']}: {facts['bytes'] / 1e6:.2f} MB, language {facts['language']}, variant {facts['variant']}",
        f"checksum {facts['checksum']}",
        "sections: " + ", ".join(f"{name} {size / 1e6:.2f} MB" for name, size in facts["sections"].items()),
        "shape: " + ", ".join(f"{name} {value}" for name, value in facts["shape"].items()),
        "model card:",
    ]
    return "\n".join(lines + _indented(facts["model_card"], 1))


def _indented(value: Any, depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                lines += [f"{pad}{name}:", *_indented(inner, depth + 1)]
            else:
                lines.append(f"{pad}{name}: {inner}")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                lines += [f"{pad}-", *_indented(inner, depth + 1)]
            else:
                lines.append(f"{pad}- {inner}")
    return lines
