"""What the commands of training share: where things lie, and how results are printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

FOLDER: Final = click.Path(path_type=Path)
RUNS: Final = Path("runs")


def show(result: dict[str, Any]) -> None:
    """Print a result as JSON."""
    click.echo(json.dumps(result, indent=1))
