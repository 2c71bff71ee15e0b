"""The web page, built and opened in a headless Chromium, and its words beside Python's.

`python -m tests.browser_page FILE --lines 200` asks both before every key of lines of a text. It prints before how many
the page offers the same, edits and what stands beside words included, what differs, and what an answer takes. Needs
npm, Node and Chromium (the environment variable CHROMIUM names another one).
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click

import autocomplete
from autocomplete.bench import machine
from autocomplete.calibration import FITTED
from autocomplete.casing import Suggestion
from autocomplete.evaluation import choose_lines
from autocomplete.hindsight import OFFERED, SURE

PAGE: Final = Path(__file__).parents[1] / "export" / "browser"
ROUNDING: Final = 0.5
"""Nats that the page's runtime and Python's may be apart: both round int8 activations, each in its own places."""
_SURE_OF_QUESTION: Final = (0.65, 0.85)
"""probabilities of a question mark that one may offer and the other not"""

Offer = tuple[str, str, int, str]
"""word, kind, characters deleted, text inserted"""


class Missing(RuntimeError):
    """What the page is built or opened with is not there."""


def browser() -> str | None:
    """Give the browser's program."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def build() -> Path:
    """Build the page as its document says; give the folder to serve.

    Raises
    ------
    Missing
        If npm or Chromium is not there, or npm cannot fetch what it needs.
    subprocess.CalledProcessError
        If the page does not build.
    """
    if not shutil.which("npm"):
        raise Missing("npm is not installed")
    if not browser():
        raise Missing("there is no Chromium: apt-get install chromium")
    if not (PAGE / "node_modules").exists():
        fetched = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PAGE, capture_output=True, text=True)
        if fetched.returncode:
            raise Missing(f"npm cannot fetch what the page is built with: {fetched.stderr[-300:]}")
    subprocess.run(["npm", "run", "build"], cwd=PAGE, capture_output=True, text=True, check=True)
    return PAGE / "dist"


def drive(**asked: Any) -> dict[str, Any]:
    """Open the page and let it do what is asked, as `drive.mjs` says."""
    done = subprocess.run(
        ["node", PAGE / "test" / "drive.mjs"],
        input=json.dumps(asked),
        env={**os.environ, "CHROMIUM": browser() or ""},
        capture_output=True,
        text=True,
        timeout=3000,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def offers_of(suggestions: Iterable[Suggestion | dict[str, Any]]) -> list[Offer]:
    """Bring suggestions of Python, of the golden vectors and of the page to one form."""
    made = []
    for s in suggestions:
        values = vars(s) if isinstance(s, Suggestion) else s
        left, text = ("deleteLeft", "insertText") if "deleteLeft" in values else ("delete_left", "insert_text")
        made.append((values["word"], values["kind"], values[left], values[text]))
    return made


@dataclass
class Comparison:
    """What the page offers beside what Python does."""

    asked: int = 0
    same: int = 0
    """times all offers were the same, in order, with their edits"""
    differing: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    """those of the differing that rounding does not explain"""
    milliseconds: list[float] = field(default_factory=list)
    """what each answer took in the page"""
    cpu: float = 0
    """milliseconds of the page's thread an answer, on average: other work on the machine hardly adds to it"""
    loaded: int = 0
    """bytes that the page loaded"""

    @property
    def share(self) -> float:
        """The part of the answers that are the same."""
        return self.same / self.asked

    @property
    def median(self) -> float:
        """Milliseconds."""
        return sorted(self.milliseconds)[len(self.milliseconds) // 2]

    def told(self) -> str:
        """Say it in one line."""
        return (
            f"the same before {self.same} of {self.asked} keys, {100 * self.share:.2f} %; "
            f"{len(self.differing)} differ, {len(self.unexplained)} of them by more than rounding; "
            f"median {self.median:.1f} ms a key, {self.cpu:.1f} ms of processor time; {self.loaded / 1e6:.1f} MB loaded"
        )


def compare(lines: Sequence[str]) -> Comparison:
    """Ask the page and Python, both as they are by default, before every key of lines."""
    texts = [line[:end] for line in lines for end in range(len(line) + 1)]
    engine = autocomplete.load()
    found = drive(texts=texts)
    made = Comparison(asked=len(texts), loaded=found["loaded"], cpu=found["cpuOfTexts"])
    for text, answer in zip(texts, found["texts"], strict=True):
        ref, comp = engine.suggest(text), answer["suggestions"]
        made.milliseconds.append(answer["ms"])
        if offers_of(ref) == offers_of(comp):
            made.same += 1
            continue
        told = f"{text[-60:]!r}: {[s.word for s in ref]} here, {[s['word'] for s in comp]} in the page"
        made.differing.append(told)
        if not is_rounding([vars(s) for s in ref], comp, text):
            made.unexplained.append(told)
    return made


def is_rounding(ref: Sequence[dict[str, Any]], comp: Sequence[dict[str, Any]], text: str) -> bool:
    """Tell whether offers differ as rounding makes them: at each place words about as likely, at thresholds either."""
    sides = [_parted(side, text) for side in (ref, comp)]
    (words, again, question, emoji), (other_words, other_again, other_question, other_emoji) = sides
    if emoji != other_emoji:
        return False
    for one, other in ((again, other_again), (other_again, again)):
        if one and not other and min(abs(_margin(one) - least) for least in (OFFERED, SURE)) > ROUNDING:
            return False
    for one, other in ((question, other_question), (other_question, question)):
        if one and not other and not _SURE_OF_QUESTION[0] <= one["confidence"] <= _SURE_OF_QUESTION[1]:
            return False
    if not (again or other_again) and len(words) != len(other_words):
        return False
    return all(_near(a, b) for a, b in zip(words, other_words, strict=False))


def _parted(offers: Sequence[dict[str, Any]], text: str) -> tuple[list[Any], Any, Any, list[str]]:
    """Give the words, the word before seen again, the question mark, and the emoji among offers."""
    words, again, question = [], None, None
    for offer in offers:
        left = int(offer["deleteLeft"] if "deleteLeft" in offer else offer["delete_left"])
        if offer["kind"] == "punctuation":
            question = offer
        elif offer["kind"] in ("prediction", "completion", "correction"):
            if " " in text[len(text) - left :] and " " in offer["word"]:
                again = offer
            else:
                words.append(offer)
    return words, again, question, [offer["word"] for offer in offers if offer["kind"] == "emoji"]


def _margin(offer: dict[str, Any]) -> float:
    odds = offer["confidence"] / max(1e-12, 1 - offer["confidence"])
    at_none, each = FITTED.second
    return (math.log(max(1e-12, odds)) - at_none) / each


def _near(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one["word"] == other["word"] or abs(math.log(one["confidence"] / other["confidence"])) <= ROUNDING


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lines", default=200, show_default=True, help="Lines drawn from the file.")
@click.option("--show", default=0, help="How many differences to show.")
def main(file: Path, lines: int, show: int) -> None:
    """Compare the page's words with Python's on lines of FILE."""
    build()
    made = compare(choose_lines(file, lines))
    for line in [*made.unexplained, *made.differing][:show]:
        click.echo(line)
    click.echo(made.told())
    facts = {"file": file.name, "lines": lines, "share": round(made.share, 4), "unexplained": len(made.unexplained)}
    click.echo(
        json.dumps({**facts, "median_ms": round(made.median, 2), "cpu_ms": round(made.cpu, 2), "machine": machine()})
    )


if __name__ == "__main__":
    main()
