"""The measuring protocol with an n-gram model in the keyboard's place: what counting can do with the same text.

    python -m tests.benchmarks.kenlm_peer MODEL.bin VOCABULARY.txt FILE... --lines 200

Needs `pip install kenlm`, a KenLM model and its vocabulary, a word a line. Every word of the vocabulary is scored after
the last words of the sentence and filtered by the typed prefix. It knows no case: read the figures that ignore it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import numpy as np

from autocomplete import evaluation

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_CONTEXT = 8


class KenlmPeer:
    """An n-gram model that offers words."""

    def __init__(self, model: Path, vocabulary: Path) -> None:
        import kenlm

        self._kenlm = kenlm
        self._model = kenlm.Model(str(model))
        self._words = [line.split()[0] for line in vocabulary.read_text(encoding="utf8").splitlines() if line.strip()]
        self._context: tuple[str, ...] | None = None
        self._ranked: list[str] = []

    def __call__(self, text: str, k: int) -> list[str]:
        """Offer k words for the caret at the end of `text`."""
        typed = re.search(r"\S*$", text)
        prefix = typed[0].casefold() if typed else ""
        before = text[: len(text) - len(prefix)]
        sentence = re.split(r"(?<=[.!?])\s", before)[-1]
        context = tuple(word.casefold().replace("’", "'") for word in _WORD.findall(sentence))[-_CONTEXT:]
        if context != self._context:
            self._context, self._ranked = context, self._rank(context)
        found = []
        for word in self._ranked:
            if word.startswith(prefix):
                found.append(word)
                if len(found) == k:
                    break
        return found

    def _rank(self, context: tuple[str, ...]) -> list[str]:
        state: Any = self._kenlm.State()
        self._model.BeginSentenceWrite(state)
        for word in context:
            following = self._kenlm.State()
            self._model.BaseScore(state, word, following)
            state = following
        out = self._kenlm.State()
        scores = np.array([self._model.BaseScore(state, word, out) for word in self._words])
        return [self._words[place] for place in np.argsort(-scores)]


@click.command()
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("vocabulary", type=click.Path(exists=True, path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--lines", default=200)
@click.option("--seed", default=7)
@click.option("-k", "k", default=3)
def main(model: Path, vocabulary: Path, files: tuple[Path, ...], lines: int, seed: int, k: int) -> None:
    """Measure an n-gram model as `autocomplete eval` measures a bundle."""
    peer = KenlmPeer(model, vocabulary)
    for path in files:
        report = evaluation.type_lines(peer, evaluation.choose_lines(path, lines, seed), k)
        click.echo(evaluation.table(path.name, report))
        click.echo(json.dumps({"file": path.name, "seed": seed, **report.as_dict()}))


if __name__ == "__main__":
    main()
