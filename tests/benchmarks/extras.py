"""How often what is offered beside words is right: phrases, question marks, emoji, on lines as they were written.

    python -m tests.benchmarks.extras FILE... --lines 500

Before every word the engine is asked with all that stands before it, as a user who looks at the bar; a phrase is right
if the line goes on with it, word for word, a question mark if one stands there, or the message ends there without any.
With `--within`, it is also asked for phrases after each letter of a word, its last included.
Prints a table and one JSON line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import click

import autocomplete
from autocomplete.evaluation import choose_lines
from autocomplete.progress import reporter

_WORD_ENDS = re.compile(r"\w(?=\W|\Z)(?!['’])")


_LETTER = re.compile(r"\w")


def phrases_within(line: str, engine: autocomplete.Autocompleter) -> Counter[str]:
    """Count the phrases that are offered after each letter of a line's words."""
    counts: Counter[str] = Counter()
    for match in _LETTER.finditer(line):
        text = line[: match.end()]
        counts["places within"] += 1
        for suggestion in engine.suggest(text):
            if suggestion.kind == "phrase":
                taken = text[: len(text) - suggestion.delete_left] + suggestion.insert_text.rstrip()
                counts["phrases within"] += 1
                counts["phrases within right"] += (
                    re.match(re.escape(taken) + r"(?!\w)", line, re.IGNORECASE) is not None
                )
    return counts


def measure(lines: list[str], engine: autocomplete.Autocompleter, tick, *, within: bool = False) -> dict[str, float]:
    """Count what is offered at the ends of words, with the space after them."""
    counts: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        counts["characters"] += len(line)
        counts["question marks"] += line.count("?")
        for match in _WORD_ENDS.finditer(line):
            text, rest = line[: match.end()], line[match.end() :]
            counts["words"] += 1
            for suggestion in engine.suggest(text + " "):
                if suggestion.kind == "phrase":
                    counts["phrases"] += 1
                    right = re.match(re.escape(f" {suggestion.word}") + r"(?!\w)", rest, re.IGNORECASE)
                    counts["phrases right"] += right is not None
                    counts["keys saved"] += (len(suggestion.word) - 1) * (right is not None)
                elif suggestion.kind == "punctuation":
                    counts["marks"] += 1
                    counts["marks right"] += rest[:1] == "?"
                    counts["marks at an end"] += not rest or rest in (".", "!")
                elif suggestion.kind == "emoji":
                    counts["emoji"] += 1
        if within:
            counts += phrases_within(line, engine)
        tick(number)
    offered_within = counts["phrases within"] / max(1, counts["places within"])
    right_within = counts["phrases within right"] / max(1, counts["phrases within"])
    return {
        **counts,
        **({"phrases_within_share": offered_within, "phrases_within_right_share": right_within} if within else {}),
        "phrases_share": counts["phrases"] / max(1, counts["words"]),
        "phrases_right_share": counts["phrases right"] / max(1, counts["phrases"]),
        "marks_right_share": counts["marks right"] / max(1, counts["marks"]),
        "marks_right_or_at_an_end_share": (counts["marks right"] + counts["marks at an end"]) / max(1, counts["marks"]),
        "marks_found_share": counts["marks right"] / max(1, counts["question marks"]),
        "words_with_emoji_share": counts["emoji"] / max(1, counts["words"]),
        "keys_saved_share": counts["keys saved"] / max(1, counts["characters"]),
    }


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lines", type=click.IntRange(1), default=None, help="Lines drawn from each file.")
@click.option("--within", is_flag=True, help="Also ask for phrases after each letter.")
def main(files: tuple[Path, ...], lines: int | None, within: bool) -> None:
    """Measure what is offered beside words on the lines of FILES."""
    engine = autocomplete.load(phrases=True)
    for path in files:
        chosen = list(dict.fromkeys(choose_lines(path, lines)))
        figures = measure(chosen, engine, reporter(path.name, len(chosen)), within=within)
        for name, value in figures.items():
            print(f"{name:36}{value:10.3f}" if isinstance(value, float) else f"{name:36}{value:10}")
        print(json.dumps({"file": path.name, "lines": len(chosen), **figures}))


if __name__ == "__main__":
    main()
