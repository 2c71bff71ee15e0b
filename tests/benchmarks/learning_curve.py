"""What learning from a writer is worth: the messages of one person, typed in the order they were written.

    python -m tests.benchmarks.learning_curve WRITER.txt... [--lines 200] [--only learning]

The first half of the messages is learned; over the second half, which is learned as it is typed, keystroke savings are
measured by `autocomplete/evaluation.py` for five keyboards: the engine without a user, the engine that learns, the same
with an adapter, the user's own words and triples alone, and a list of the words used last. Prints a table and one JSON
line.
"""

from __future__ import annotations

import itertools
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import click

import autocomplete
from autocomplete.bench import machine
from autocomplete.evaluation import Report, type_lines
from autocomplete.learning import Observer, learn_lines
from autocomplete.personal import PersonalModel
from autocomplete.personal_data import PersonalData
from autocomplete.text import split
from autocomplete.typed_words import context_of, fold, words_of


class Keyboard(Protocol):
    """Something that offers words and may learn lines."""

    def suggest(self, text: str, k: int) -> Sequence[str]:
        """Offer k words."""
        ...

    def learn(self, line: str) -> None:
        """Learn a line that was written."""
        ...


class Plain:
    """The engine without a user."""

    def __init__(self, engine: autocomplete.Autocompleter) -> None:
        self.engine = engine

    def suggest(self, text: str, k: int) -> Sequence[str]:
        """Offer k words."""
        return [suggestion.word for suggestion in self.engine.suggest(text, k)]

    def learn(self, line: str) -> None:
        """Learn nothing."""


class Learning(Plain):
    """The engine that learns, also from the line that is being typed."""

    def __init__(self, engine: autocomplete.Autocompleter) -> None:
        super().__init__(engine)
        self._new_line()

    def suggest(self, text: str, k: int) -> Sequence[str]:
        """Offer k words."""
        self._observer.observe(text)
        return super().suggest(text, k)

    def learn(self, line: str) -> None:
        """Learn a line."""
        self._observer.observe(line)
        self._observer.close()
        self._new_line()

    def _new_line(self) -> None:
        assert self.engine.user
        self._observer = Observer(self.engine.user)


class Adapting(Learning):
    """The same with an adapter on the model's last layer, trained after each line."""

    def learn(self, line: str) -> None:
        """Learn a line."""
        super().learn(line)
        assert self.engine.adaptation
        self.engine.adaptation.finish()


class OwnNgrams:
    """The user's words, pairs and triples without a language model or a word list."""

    def __init__(self, model: PersonalModel) -> None:
        self._model = model

    def suggest(self, text: str, k: int) -> Sequence[str]:
        """Offer k words."""
        context, prefix = split(text)
        model, key = self._model, fold(prefix)
        words = [word for word in model.counts.words if word.startswith(key) and model.is_offered(word)]
        # without what stands in for the language model's part
        place = model.place(context_of(context))._replace(own_factor=0.0, added_factor=0.0)
        shares = zip(model.shares(words, place), words, strict=True)
        return [word for _, word in sorted((-share, word) for share, word in shares)[:k]]

    def learn(self, line: str) -> None:
        """Learn a line."""
        learn_lines(self._model, [line])


class Recent:
    """The words used last, the last first."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}

    def suggest(self, text: str, k: int) -> Sequence[str]:
        """Offer k words."""
        prefix = fold(split(text)[1])
        return [word for word in reversed(self._words) if word.startswith(prefix)][:k]

    def learn(self, line: str) -> None:
        """Learn a line."""
        for word in words_of(line)[0]:
            self._words.pop(word.word, None)
            self._words[word.word] = None


def measure(keyboard: Keyboard, messages: Sequence[str], k: int, lines: int | None) -> Report:
    """Learn the first half of some messages, type and learn the second."""
    half = len(messages) // 2
    for message in messages[:half]:
        keyboard.learn(message)
    typed = messages[half:][:lines]
    counted = [message for message in typed if len(message.split()) >= 3]

    def after(done: int) -> None:
        """Learn the line, and those too short to count that follow it."""
        start = places[done - 1]
        for message in typed[start : places[done] if done < len(places) else None]:
            keyboard.learn(message)

    places = [place for place, message in enumerate(typed) if len(message.split()) >= 3]
    return type_lines(keyboard.suggest, counted, k, after)


def keyboards(only: str | None, folder: Path) -> dict[str, Callable[[], Keyboard]]:
    """Give the makers of the keyboards, by name."""
    plain = autocomplete.load()
    numbers = itertools.count()
    makers: dict[str, Callable[[], Keyboard]] = {
        "without": lambda: Plain(plain),
        "learning": lambda: Learning(autocomplete.load(user=folder / f"{next(numbers)}.db", adapt=False)),
        "with adapter": lambda: Adapting(autocomplete.load(user=folder / f"{next(numbers)}.db")),
        "own triples alone": lambda: OwnNgrams(PersonalModel(PersonalData(), plain._lexicon)),
        "recent words": Recent,
    }
    return {name: maker for name, maker in makers.items() if only in (None, name)}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lines", type=int, default=None, help="Messages of the second half that are typed, all by default.")
@click.option("--only", default=None, help="One of the keyboards.")
@click.option("-k", default=3, help="Words offered.")
def main(files: tuple[Path, ...], lines: int | None, only: str | None, k: int) -> None:
    """Measure what learning is worth."""
    savings: dict[str, dict[str, float]] = {}
    latency: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        makers = keyboards(only, Path(folder))
        for path in files:
            messages = [" ".join(line.split()) for line in path.read_text(encoding="utf8").splitlines() if line.strip()]
            savings[path.stem] = {}
            for name, maker in makers.items():
                begun = time.monotonic()
                report = measure(maker(), messages, k, lines)
                figures: dict[str, Any] = report.as_dict()
                savings[path.stem][name] = figures["ignoring_case"]["keystroke_savings"]
                latency[name] = max(latency.get(name, 0), figures["latency_ms"]["p99"])
                took = time.monotonic() - begun
                click.echo(f"{path.stem}, {name}: {100 * savings[path.stem][name]:.1f} %, {took:.0f} s", err=True)
    click.echo(f"{'writer':12}" + "".join(f"{name:>20}" for name in makers))
    for writer, row in savings.items():
        click.echo(f"{writer:12}" + "".join(f"{100 * row[name]:18.1f} %" for name in makers))
    means = {name: sum(row[name] for row in savings.values()) / len(savings) for name in makers}
    click.echo(f"{'mean':12}" + "".join(f"{100 * means[name]:18.1f} %" for name in makers))
    click.echo(
        json.dumps({"savings": savings, "mean": means, "p99_ms": latency, "lines": lines, "k": k, "machine": machine()})
    )


if __name__ == "__main__":
    main()
