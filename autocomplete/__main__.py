"""`python -m autocomplete` is the command line."""

from autocomplete.cli import main

main(prog_name="autocomplete")
