"""`python -m training {corpus,lexicon,vocabulary,shards,teacher,student,report}`: the pipeline, a command each.

Owns the group and the end of what goes wrong. Progress goes to stderr, results to stdout, mistakes end in one sentence.
"""

from __future__ import annotations

from typing import Any

import click

from autocomplete.errors import AutocompleteError
from training import data_commands, measuring_commands, run_commands
from training.checkpoint import CheckpointError


class _Commands(click.Group):
    """Turns the mistakes a user can mend into one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (CheckpointError, AutocompleteError, ValueError, OSError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Make a teacher and a student from a folder of text."""


for _step in (
    data_commands.corpus,
    data_commands.lexicon,
    data_commands.vocabulary,
    data_commands.shards,
    data_commands.pack,
    data_commands.unpack,
    run_commands.teacher,
    run_commands.student,
    run_commands.cache,
    run_commands.sample,
    run_commands.sweep,
    run_commands.adapter,
    measuring_commands.interpolate,
    measuring_commands.report,
    measuring_commands.confidence,
    measuring_commands.calibration,
    measuring_commands.rates,
    measuring_commands.repeats,
):
    main.add_command(_step)

if __name__ == "__main__":
    main(prog_name="python -m training")
