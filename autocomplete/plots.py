"""Pictures of what was measured, as PNG: keystroke savings and latency.

Needs matplotlib (extra `plot`); nothing else of the package does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autocomplete.errors import PlotsMissing
from autocomplete.evaluation import AFTER, Report


def check(path: Path) -> None:
    """See that a picture can be drawn at a path, before hours are spent on measuring what it shows.

    Raises
    ------
    PlotsMissing
        If matplotlib is not installed.
    ValueError
        If the folder does not exist.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise PlotsMissing("drawing needs matplotlib: pip install 'autocomplete[plot]'") from error
    if not path.parent.is_dir():
        raise ValueError(f"the folder {path.parent} of {path.name} does not exist: make it, or name another")


def draw(reports: Mapping[str, Report], path: Path) -> None:
    """Draw savings, hit rates and the distribution of latencies of some reports side by side.

    Raises what `check` raises.
    """
    check(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    savings, hits, latency = figure.subplots(1, 3)
    names = list(reports)
    for offset, (way, label) in enumerate((("ignoring_case", "ignoring case"), ("exact", "exact"))):
        values = [100 * reports[name].as_dict()[way]["keystroke_savings"] for name in names]
        savings.bar([place + 0.4 * offset for place in range(len(names))], values, 0.4, label=label)
    savings.set_xticks([place + 0.2 for place in range(len(names))], names, rotation=20)
    savings.set(title="keystroke savings", ylabel="%")
    savings.legend()
    for name, report in reports.items():
        figures = report.as_dict()["ignoring_case"]
        shown = [100 * figures["top3_all"], *(100 * figures[f"hit_after_{n}"] for n in AFTER)]
        hits.plot([0, *AFTER], shown, marker="o", label=name)
        ranked = sorted(1e3 * second for second in report.seconds)
        latency.plot(ranked, [100 * (i + 1) / len(ranked) for i in range(len(ranked))], label=name)
    hits.set(title="word among those shown", xlabel="letters typed", ylabel="% of words", xticks=[0, *AFTER])
    latency.set(title="latency per keystroke", xlabel="ms", ylabel="% answered", xscale="log")
    latency.legend()
    figure.savefig(path, dpi=120, format="png")
