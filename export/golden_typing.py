"""Golden vectors of typing: words for touched keys, corrections of finished words, fields key by key.

Owns the texts, the touches and the keys; `golden.py` owns the file. All were made up for this. A touch stands there as
it is told to an engine, in key widths; here it is written as how far the finger fell from the middle of its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from autocomplete.caret import Point
from autocomplete.correction import Evidence
from autocomplete.engine import Autocompleter
from autocomplete.layout import Layout
from autocomplete.session import TypingSession

Offset = tuple[float, float]

TOUCHED: Final[tuple[tuple[str, str, tuple[Offset | None, ...]], ...]] = (
    ("see you ", "si", ((0.0, 0.0), (0.42, 0.0))),
    ("see you ", "si", ((0.0, 0.0), (0.0, 0.0))),
    ("we have ", "ti", ((0.1, 0.2), (0.5, -0.1))),
    ("I will be ", "hete", ((0.0, 0.0), (0.1, 0.1), (-0.45, 0.0), (0.0, -0.2))),
    ("Thanks for ", "tje", ((0.0, 0.0), (-0.4, -0.1), None)),
    ("I am on my ", "qay", ((0.48, 0.0), (0.2, 0.5), (0.0, 0.0))),
    ("Happy ", "birt", (None, (0.2, 0.3), (0.1, 0.0), (-0.3, 0.2))),
    ("How are ", "ypu", ((0.0, 0.0), (-0.47, 0.1), (0.3, 0.0))),
    ("", "Hpw", ((0.0, 0.0), (-0.4, 0.1), (0.0, 0.0))),
    ("I don't ", "know'", ((0.0, 0.0), (0.3, 0.1), (0.1, 0.0), (0.0, 0.1), None)),
)
"""Context, typed letters, how far from the middle of its key each finger fell; None where that is not known."""

FINISHED: Final[tuple[tuple[str, str, tuple[Offset | None, ...]], ...]] = (
    ("I saw ", "teh", ()),
    ("I will see you ", "tomorow", ()),
    ("", "im", ()),
    ("I ", "dont", ()),
    ("", "Teh", ()),
    ("", "thankyou", ()),
    ("see you to ", "morrow", ()),
    ("what is the ", "po8nt", ()),
    ("I think ", "i", ()),
    ("We live in ", "london", ()),
    ("on ", "monday", ()),
    ("I met ", "Jhon", ()),
    ("ask ", "McKay", ()),
    ("that is so ", "LOL", ()),
    ("it is ", "soooo", ()),
    ("she said ", "helllo", ()),
    ("this is ", "the", ()),
    ("can you ", "cme", ()),
    ("is that ", "ypur", ((0.0, 0.0), (-0.45, 0.0), (0.0, 0.0), (0.0, 0.0))),
    ("is that ", "ypur", ((0.0, 0.0), (0.3, 0.0), (0.0, 0.0), (0.0, 0.0))),
    ("I want ", "tbe", ((0.0, 0.0), (0.2, -0.6), (0.0, 0.0))),
    ("we went ", "home", ((0.2, 0.1), (-0.2, 0.2), (0.0, 0.0), (0.1, -0.1))),
    ("see you ", "soin", ((0.0, 0.0), (0.1, 0.0), (0.47, 0.0), (0.0, 0.0))),
    ("well-", "knwon", ()),
    ("that's ", "wierd", ()),
    ("I ", "cant", ()),
    ("put ", "id", ()),
    ("at the caf", "e", ()),
    ("please ", "recieve", ()),
    ("it is gettng ", "worse", ()),
    ("this si ", "the", ()),
    ("I will og ", "hmoe", ()),
    ("that is ", "mt", ()),
    ("hi. i dont know what he ", "didnt", ()),
    ("I don't know what he ", "didnt", ()),
    ("see you ", "tonihgt", ()),
    ("see you ", "tonght", ()),
    ("see you ", "tonigh", ()),
    ("see you ", "tobnight", ()),
    ("it is a bit ", "borring", ()),
    ("it is a bit ", "dufferent", ()),
    ("that is ", "diffirent", ()),
    ("I will be there ", "tomottpw", ()),
)
"""The same of words that a key is about to end."""

FIELDS: Final[tuple[tuple[str, ...], ...]] = (
    ("I saw ", "teh", " ", "<", " teh ", "Teh."),
    ("im", " ", "<", "x", "<", "<", " "),
    ("See you tomo", "+0", ".", "T", "hen", "+0", " "),
    ("what is ", "teh ", "w", "<", "<", "<"),
    ("=I met you", " ", "=I saw teh", ",", " ", "<", "<"),
    ("she said ", '"', "helo", " ", "wrold", '"', " ok"),
    ("thankyou ", "so ", "mcuh!", "<", "!"),
    ("Well  ", "next", "  ", "<", "3"),
    ("Can we meet at 5pm or 6.30 ", "+1", "(", "or", ")"),
    ("it is gettng ", "worse", " ", "<", " ", "it is gettng worse "),
    ("I had pizza", "+3", "👍🏽", "<", "<", "<"),
    ("What are you doing tonight ", "+3", "!"),
    ("re you co", "+0"),
    ("~lol he met anna on monday. she said no. i like it", "see you on fri", "+0", "im ", "he"),
)
"""Steps of a field: characters are typed, `<` deletes one, `+0` takes what stands first in the bar, `=text` moves the
caret; `~text` stands first and is no step: what the same person wrote before."""


def touches(layout: Layout, typed: str, offsets: Sequence[Offset | None]) -> list[Point | None]:
    """Give where fingers fell that hit the keys of letters beside their middles."""
    points: list[Point | None] = []
    for letter, offset in zip(typed.lower(), offsets, strict=True):
        x, y = layout.centres[layout.index[letter]] if offset else (0, 0)
        points.append((round(float(x) + offset[0], 3), round(float(y) + offset[1], 3)) if offset else None)
    return points


def touched(engine: Autocompleter, calls: Callable[[], list[Any]], shown: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Make the vectors of `TOUCHED`; `calls` gives the calls of the graph since it was last asked."""
    made = []
    for context, typed, offsets in TOUCHED:
        points = touches(engine.layout, typed, offsets)
        engine.clear()
        found, _ = engine.suggest_from(context + typed, 3, None, points)
        suggestions = [shown(suggestion) for suggestion in found]
        made.append({"text": context + typed, "touches": points, "contexts": calls(), "suggestions": suggestions})
    return made


def finished(engine: Autocompleter, calls: Callable[[], list[Any]]) -> list[dict[str, Any]]:
    """Make the vectors of `FINISHED`: the evidence and what is decided on it."""
    made = []
    for context, typed, offsets in FINISHED:
        points = touches(engine.layout, typed, offsets) if offsets else []
        engine.clear()
        evidence, _ = engine.weigh(context + typed, None, points)
        correction, _ = engine.correct_from(context + typed, None, points)
        made.append(
            {
                "text": context + typed,
                "touches": points,
                "contexts": calls(),
                "evidence": [_plain(reading) for reading in evidence],
                "correction": correction and {"typed": correction.typed, "word": correction.word},
                "confidence": round(correction.confidence, 4) if correction else None,
            }
        )
    return made


def fields(engine: Autocompleter) -> list[dict[str, Any]]:
    """Make the vectors of `FIELDS`: the text after each step, two spaces making a full stop."""
    made = []
    for written in FIELDS:
        earlier = written[0].removeprefix("~") if written[0].startswith("~") else ""
        steps = [step for step in written if not step.startswith("~")]
        session = engine.session(double_space=True, earlier=earlier)
        texts = [take(session, step) for step in steps]
        made.append({"earlier": earlier, "steps": steps, "texts": texts, "keystrokes": session.keystrokes})
    return made


def take(session: TypingSession, step: str) -> str:
    """Take a step in a field; give its text."""
    if step == "<":
        session.backspace()
    elif step[0] == "+":
        session.accept(session.suggestions[int(step[1:])])
    elif step[0] == "=":
        session.move(step[1:])
    else:
        session.type(step)
    return session.text


def _plain(evidence: Evidence) -> dict[str, Any]:
    values = vars(evidence).items()
    # JSON knows no infinity: what is certain stands there as a large number
    return {
        name: max(-999.0, min(999.0, round(value, 4))) if isinstance(value, float) else value for name, value in values
    }
