"""Golden vectors: what a bundle must give for texts written down here, wherever it is run.

Owns the texts and the file. All that a host does is written out: tokens, each call of the graph with positions and
mask, the logprobs that come back, the words offered. The calls are planned here by the rules of `export/README.md`, run
through the bare graph, and must give bit by bit what the runtime's own search was given: the rules are complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from autocomplete import bundle as bundles
from autocomplete.bundle import ATTESTED, GRAPH, LEXICON, PIECES
from autocomplete.graph_calls import HIDDEN
from autocomplete.interpreter import Graph, open_graph
from autocomplete.lm import Enough, Logprobs, Rows, Search, State, Tokens
from autocomplete.manifest import ModelShape
from autocomplete.text import split
from autocomplete.tflite_lm import TFLiteModel, TFLiteSearch, TFLiteState

if TYPE_CHECKING:
    from autocomplete.casing import Suggestion
    from autocomplete.engine import Autocompleter

TOLERANCE: Final = 0.25
"""Greatest difference of a logprob: processors round int8 activations apart; what is wrong differs by whole nats."""
_TOP: Final = 3

TEXTS: Final = (
    "", "S", "See you tomo", "See you tomorrow ", "im", "i dont", "Ill", "HAPPY BIRTH", "Happy birthd", "Thanks! W",
    "thank you for ", "what's the pla", "Let me kn", "cafe", "The naive", "My phone's bat", "we're on our way, be",
    "Can you call me at 5 or 6", "I'll meet you at 7 p", "see https://exam", "write to anna@", "He said “yes” and lef",
    "She asked: \"is it rea", "Don’t wor", "well-kn", "First line\nSecond li", "One.\n\nTwo", "Wait... wh",
    "Really?! No wa", "Dr. Smith will se", "LOL THAT IS SO FUN", "monday and tues", "😀 that's gre", "Zürich is beauti",
    "a\tb   c", "the the th", "qzx", "ok ", "see you tomorow", "i hpoe you ar",
    "re you", "re you coming", "what is yoir nam", "Hello. this si the",
    "he said ok. it was late. t", "we met anna on monday. he said ok. then on fri",
    "i think i am late. I'll be there, i", "I had pizza", "It's my birthday ", "that is :jo", "great :+1:", "at 10:3",
    "I AM SO SORRY B", "HAPPY BIRTHDAY ", "at 5:", "for $", "covid-1", "my MP3", "we leave at 5 p.m. th",
    "in the U.S. th", "is it 5 p.m.? th", "back at :30",
    "What are you doing tonight ", "what time is it", "I think so ",
    "I have been thinking about what you said yesterday and I believe that we should try again next week when "
    "everybody is back from their holidays, because by then we will know how much money is le",
    "Dear all,\nplease find attached the notes of our meeting. We agreed on three things: the budget, the new date and "
    "who talks to the supplier. If something is missing, tell me before the end of the week, so that I can send it to "
    "everybody who could not be there. We will meet again next month, at the same place and at the same time, on Fri",
)  # fmt: skip

PHRASES: Final = (
    "Looking forw",
    "I AM LOOKING FORW",
    "Hey, how ",
    "It was supposed ",
    "What are you doing tonight",
    "See you ",
)
"""Texts for which phrases are asked for too."""


@dataclass
class _Context:
    """A context that was read, and what one search after it asked."""

    state: State
    is_searched: bool = False
    rounds: list[tuple[Tokens, Tokens, Logprobs]] = field(default_factory=list)
    """parents, tokens, and the logprobs that came back"""


class _Recorder(TFLiteModel):
    """The model of a bundle, noting what it is asked and answers."""

    def __init__(self, graph: Graph, shape: ModelShape, *, placeless: bool = False) -> None:
        super().__init__(graph, shape, placeless=placeless)
        self.contexts: list[_Context] = []

    def start(self, tokens: Sequence[int], previous: State | None = None) -> TFLiteState:
        state = super().start(tokens, previous)
        self._note(state)
        return state

    def search(self, state: State) -> TFLiteSearch:
        there = (one for one in self.contexts if one.state.tokens == state.tokens and not one.is_searched)
        context = next(there, None) or self._added(state)
        context.is_searched = True
        return cast("TFLiteSearch", _RecordedSearch(super().search(state), context))

    def follow(self, state: State, tokens: Sequence[int]) -> Logprobs:
        self._note(super().start([*state.tokens, *tokens], state))  # reading on makes the same calls
        return super().follow(state, tokens)

    def _note(self, state: State) -> None:
        if all(context.state.tokens != state.tokens for context in self.contexts):
            self._added(state)

    def _added(self, state: State) -> _Context:
        self.contexts.append(_Context(state))
        return self.contexts[-1]


class _RecordedSearch:
    def __init__(self, search: Search, context: _Context) -> None:
        self._search, self._rounds = search, context.rounds

    def score(self, parents: Tokens, tokens: Tokens) -> Logprobs:
        rows = self.rows(parents, tokens)
        return rows.logprobs[rows.places]

    def rows(
        self,
        parents: Tokens,
        tokens: Tokens,
        likely: tuple[Tokens, Tokens] | None = None,
        enough: Enough | None = None,
    ) -> Rows:
        rows = self._search.rows(parents, tokens, likely)  # all of them: a host may keep none
        self._rounds.append((parents.copy(), tokens.copy(), rows.logprobs[rows.places]))
        return rows


@dataclass(frozen=True)
class Call:
    """One call of the graph, as a host lays it out."""

    tokens: list[int]
    positions: list[int]
    visible: list[list[int]]
    """for each row the columns of the mask that it sees; the rows themselves come after the slots"""
    first_slot: int
    """where the first row's new keys and values go, the others after it"""


def plan(tokens: Sequence[int], rounds: Sequence[tuple[Sequence[int], Sequence[int]]], shape: ModelShape) -> list[Call]:
    """Lay out the calls for a context and for rounds of (parents, tokens) searched after it."""
    over = max(0, len(tokens) - shape.context_len)
    tokens = tokens[-(-over // shape.hop) * shape.hop :]
    size, slots, length = shape.buckets[-1], shape.slots, len(tokens)
    calls = []
    for past in range(0, length, size):
        rows = range(len(tokens[past : past + size]))
        seen = [[*range(past), *range(slots, slots + row + 1)] for row in rows]
        calls.append(Call(list(tokens[past : past + size]), [past + row for row in rows], seen, past))
    depths, ancestors = {-1: 0}, {-1: list[int]()}
    for parents, added in rounds:
        first = len(depths) - 1
        for row, parent in enumerate(parents):
            depths[first + row] = depths[parent] + 1
            ancestors[first + row] = [*ancestors[parent], shape.context_len + first + row]
        seen = [[*range(length), *ancestors[parent], slots + row] for row, parent in enumerate(parents)]
        positions = [length + depths[parent] for parent in parents]
        calls.append(Call(list(added), positions, seen, shape.context_len + first))
    return calls


def run(graph: bytes, shape: ModelShape, calls: Sequence[Call], runtime: str | None = None) -> Iterator[Logprobs]:
    """Run calls one after the other over a cache of their own; give the logprobs of each, float32 [n, vocab_size]."""
    steps = open_graph(graph, runtime=runtime).steps
    for step in steps.values():
        for name in "kv":
            step.input(name)[:] = 0  # what a runtime finds in fresh memory may be no number, which no mask hides
    for call in calls:
        n = len(call.tokens)
        step = steps[f"t{min(bucket for bucket in shape.buckets if bucket >= n)}"]
        step.input("tokens")[0, :n], step.input("positions")[0, :n] = call.tokens, call.positions
        step.input("mask")[:] = HIDDEN
        for row, seen in enumerate(call.visible):
            step.input("mask")[0, 0, row, seen] = 0
        step.run()
        for name in "kv":
            new = step.output(f"new_{name}")[:, :, :n]
            for each in steps.values():
                each.input(name)[:, :, call.first_slot : call.first_slot + n] = new
        del new
        yield step.output("logprobs")[0, :n].copy()


def make(path: Path, texts: Sequence[str] = TEXTS, *, typing: bool = True) -> dict[str, Any]:
    """Make the golden vectors of a bundle; without `typing`, those of the texts alone.

    Raises
    ------
    RuntimeError
        If the rules give other numbers than the runtime's search was given.
    """
    from autocomplete.attested import Attested
    from autocomplete.engine import Autocompleter  # here, so that `run` needs no more than numpy and a runtime
    from autocomplete.extras import Wanted
    from autocomplete.lexicon import Lexicon
    from autocomplete.tokenizer import Tokenizer
    from export import golden_typing

    opened = bundles.read(path)
    shape, graph = opened.manifest.shape, opened.sections[GRAPH]
    recorder = cast("_Recorder", _Recorder.from_bundle(opened))
    tokenizer, lexicon = Tokenizer(opened.sections[PIECES]), Lexicon.from_bytes(opened.sections[LEXICON])
    engine, with_phrases = (
        Autocompleter(
            recorder,
            tokenizer,
            lexicon,
            attested=Attested.from_bytes(opened.sections.get(ATTESTED)),
            checksum=opened.checksum,
            extras=Wanted(phrases=phrases),
            hindsight=True,
        )
        for phrases in (False, True)
    )
    recorder.contexts = []  # the self-check's

    def calls() -> list[dict[str, Any]]:
        found, recorder.contexts = recorder.contexts, []
        return [_calls(context, graph, shape) for context in found]

    return {
        "bundle": opened.checksum,
        "runtime": recorder.runtime,
        "tolerance": TOLERANCE,
        "vectors": [_vector(engine, text, calls) for text in texts],
        "phrases": [_vector(with_phrases, text, calls) for text in PHRASES] if typing else [],
        "touched": golden_typing.touched(engine, calls, _suggestion) if typing else [],
        "finished": golden_typing.finished(engine, calls) if typing else [],
        "fields": golden_typing.fields(engine) if typing else [],
    }


def write(path: Path, golden: dict[str, Any]) -> None:
    """Write golden vectors, one a line, so that a difference can be read."""
    parts = []
    for name, value in golden.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(vector, ensure_ascii=False, separators=(",", ":")) for vector in value)
            parts.append(f'"{name}": [\n{rows}\n]')
        else:
            parts.append(f'"{name}": {json.dumps(value, ensure_ascii=False)}')
    path.write_text("{" + ", ".join(parts) + "}\n", encoding="utf8")


def _vector(engine: Autocompleter, text: str, calls: Callable[[], list[dict[str, Any]]]) -> dict[str, Any]:
    engine.clear()  # what was worked out for another text is asked of the model again
    suggestions = [_suggestion(suggestion) for suggestion in engine.suggest(text)]
    context, prefix = split(text)
    return {"text": text, "context": context, "prefix": prefix, "contexts": calls(), "suggestions": suggestions}


def _suggestion(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "word": suggestion.word,
        "kind": suggestion.kind,
        "delete_left": suggestion.delete_left,
        "insert_text": suggestion.insert_text,
        "logprob": round(suggestion.logprob, 4),
    }


def _calls(context: _Context, graph: bytes, shape: ModelShape) -> dict[str, Any]:
    """Plan a context's calls by the rules, run them, and compare with what the runtime's own search was given."""
    tokens = context.state.tokens
    calls = plan(tokens, [(parents.tolist(), added.tolist()) for parents, added, _ in context.rounds], shape)
    found = list(run(graph, shape, calls))
    reading = len(found) - len(context.rounds)
    expected = [context.state.logprobs, *(logprobs for *_, logprobs in context.rounds)]
    for comp, ref in zip([found[reading - 1][-1], *found[reading:]], expected, strict=True):
        if not np.array_equal(comp, ref):
            raise RuntimeError(
                f"the rules of export/README.md give other logprobs than the runtime for the tokens {list(tokens)}: "
                "make the two agree before you publish vectors"
            )
    return {"tokens": list(tokens), "calls": [_shown(*pair) for pair in zip(calls, found, strict=True)]}


def _shown(call: Call, logprobs: Logprobs) -> dict[str, Any]:
    top = np.argsort(-logprobs, axis=1, kind="stable")[:, :_TOP]
    return {
        "tokens": call.tokens,
        "positions": call.positions,
        "mask": [ranges(seen) for seen in call.visible],
        "first_slot": call.first_slot,
        "top_tokens": top.tolist(),
        "top_logprobs": np.take_along_axis(logprobs, top, axis=1).round(4).astype(float).round(4).tolist(),
    }


def ranges(numbers: Sequence[int]) -> str:
    """Write rising numbers as ranges: 0-7,64."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def numbers(text: str) -> list[int]:
    """Read what `ranges` wrote."""
    pairs = [[int(end) for end in part.split("-")] for part in text.split(",") if part]
    return [number for pair in pairs for number in range(pair[0], pair[-1] + 1)]
