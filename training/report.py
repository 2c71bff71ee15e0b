"""Tables of models side by side: cost and quality, what is kept of a teacher, the spread between seeds.

The last step of the pipeline. Lays out what `measures.py` measured; bits per byte are those of the newest checkpoint on
the validation split, next-word accuracy and typing are of the test split.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from training.measures import Measured

_SEED = re.compile(r"-seed\d+$")
"""ends the names of runs that differ in their seed alone (`sweep.py`)"""

_Column = tuple[str, Callable[[Measured], str]]
_COLUMNS: tuple[_Column, ...] = (
    ("run", lambda model: model.name),
    ("weights", lambda model: f"{model.n_parameters / 1e6:.1f} M"),
    ("MB", lambda model: f"{model.size / 1e6:.1f}"),
    ("tokens read", lambda model: f"{model.tokens / 1e6:.1f} M"),
    ("hours", lambda model: f"{model.seconds / 3600:.2f}"),
    ("bits/byte", lambda model: "not yet measured" if model.bits_per_byte is None else f"{model.bits_per_byte:.4f}"),
    ("next word, top 1", lambda model: f"{model.next_word.top1:.1%}" if model.next_word else ""),
    ("top 3", lambda model: f"{model.next_word.top3:.1%}" if model.next_word else ""),
    ("exact", lambda model: f"{model.next_word.top3_exact:.1%}" if model.next_word else ""),
    ("typed: savings", lambda model: _typed(model, "keystroke_savings")),
    ("typed: top 3", lambda model: _typed(model, "top3")),
    ("ms per row of 64", lambda model: f"{model.milliseconds:.1f}"),
)

_Figure = Callable[[Measured], float | None]
_SPREADS: tuple[tuple[str, _Figure, str], ...] = (
    ("bits/byte", lambda model: model.bits_per_byte, ".4f"),
    ("next word, top 3", lambda model: model.next_word.top3 if model.next_word else None, ".2%"),
    ("typed: savings", lambda model: _figure_typed(model, "keystroke_savings"), ".2%"),
    ("typed: top 3", lambda model: _figure_typed(model, "top3"), ".2%"),
    ("minutes", lambda model: model.seconds / 60, ".1f"),
)


def table(models: Sequence[Measured]) -> str:
    """Lay out size, training and quality as a Markdown table."""
    columns = [(title, [show(model) for model in models]) for title, show in _COLUMNS]
    return _markdown([(title, cells) for title, cells in columns if any(cells)])


def retention(models: Sequence[Measured], teacher: Measured) -> str:
    """Lay out what each model keeps of a teacher's quality, and at what part of its cost."""
    others = [model for model in models if model is not teacher]

    def ratio(figure: _Figure, spec: str) -> list[str]:
        cells = []
        for model in others:
            ours, theirs = figure(model), figure(teacher)
            cells.append("" if ours is None or not theirs else format(ours / theirs, spec))
        return cells

    columns = [
        (f"kept of {teacher.name}", [model.name for model in others]),
        ("savings", ratio(lambda model: _figure_typed(model, "keystroke_savings"), ".1%")),
        ("top 3", ratio(lambda model: _figure_typed(model, "top3"), ".1%")),
        ("weights", ratio(lambda model: model.n_parameters, ".3f")),
        ("bytes", ratio(lambda model: model.size, ".3f")),
        ("time", ratio(lambda model: model.milliseconds, ".3f")),
    ]
    return _markdown([(title, cells) for title, cells in columns if any(cells)])


def spread(models: Sequence[Measured]) -> str:
    """Lay out the means over seeds of runs named `NAME-seedN`, with half the distance between the extremes."""
    groups: dict[str, list[Measured]] = {}
    for model in models:
        groups.setdefault(_SEED.sub("", model.name), []).append(model)
    columns = [("variant", list(groups)), ("seeds", [str(len(group)) for group in groups.values()])]
    for title, figure, spec in _SPREADS:
        cells = []
        for group in groups.values():
            known = [value for value in map(figure, group) if value is not None]
            half = (max(known) - min(known)) / 2 if len(known) > 1 else None
            mean = format(statistics.mean(known), spec) if known else ""
            cells.append(mean if half is None else f"{mean} ± {format(half, spec)}")
        columns.append((title, cells))
    return _markdown([(title, cells) for title, cells in columns if any(cells)])


def has_seeds(models: Sequence[Measured]) -> bool:
    """Tell whether some of the runs are named as `spread` expects."""
    return any(_SEED.search(model.name) for model in models)


def document(
    models: Sequence[Measured], teacher: Measured | None, curves: Path | None, typed_from: str = "the test split"
) -> str:
    """Write the whole report as Markdown: tables, curves, and of each model what it was made from."""
    parts = ["# Models compared", table(models)]
    typed = next((model.typed for model in models if model.typed), None)
    if typed:
        parts.append(f"Typed: {typed['lines']} lines of {typed_from}, {typed['words']} words, three offered, any case.")
    if teacher:
        parts.append(retention(models, teacher))
    if has_seeds(models):
        parts += ["Means over seeds, ± half the distance between the extremes:", spread(models)]
    if curves:
        parts.append(f"![curves]({curves.name})")
    for model in models:
        card = json.dumps(model.card, indent=1, ensure_ascii=False)
        parts.append(f"## {model.name}\n\n```json\n{card}\n```")
    return "\n\n".join(parts) + "\n"


def _figure_typed(model: Measured, figure: str) -> float | None:
    return model.typed[figure] if model.typed else None


def _typed(model: Measured, figure: str) -> str:
    return f"{model.typed[figure]:.1%}" if model.typed else ""


def _markdown(columns: Sequence[tuple[str, list[str]]]) -> str:
    rows = list(zip(*([title, *cells] for title, cells in columns), strict=True))
    widths = [max(map(len, (title, *cells))) for title, cells in columns]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
