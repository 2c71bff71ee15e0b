"""Raw text to a clean, weighted corpus: `train.txt`, `validation.txt`, `test.txt` and `corpus.json`.

Step 1 of the pipeline. Owns what is kept, what is left out and how sources are weighted; the mixture is a TOML file.
A document is a dialogue, or a line where lines stand alone; it falls whole into one split. In the files every line is
one turn, a blank line ends a document. Nothing is tokenised here.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autocomplete.text import normalise
from training.files import atomic_path, atomic_write_text
from training.workers import parallel

SPLITS = ("train", "validation", "test")
_PRIVATE = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\b(?:https?|ftp)://|\bwww\.|\b[\w-]+\.(?:com|org|net|io|dev|fm|co\.uk)\b"
    r"|(?<![\d.,])(?:\+?\d[\d\s().-]{7,}\d)(?!\d)|\b\d{7,}\b|<[^>]{0,40}>|\[[^\]]{0,40}\]",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_FOREIGN = re.compile(r"[^\x00-\u024f\u2000-\u206f\u20ac\u2190-\u2bff\U0001f000-\U0001faff]")
_STRETCHED = re.compile(r"(\S)\1{4,}")
_FINGERPRINT = re.compile(r"[^\w]+")


@dataclass(frozen=True, kw_only=True)
class SourceRule:
    """How one source enters the corpus."""

    weight: float = 1.0
    """mean number of copies of a document"""
    kind: str = "dialogue"
    """"dialogue": blank lines separate documents; "sentences": every line is one"""
    thin_pattern: str = ""
    """lines matching this regular expression are thinned"""
    thin_keep: float = 1.0
    """share of the matching lines that stays"""

    def __post_init__(self) -> None:
        if self.kind not in ("dialogue", "sentences"):
            raise ValueError(f'mixture: kind is "{self.kind}", expected "dialogue" or "sentences"')
        if self.weight < 0 or not 0 <= self.thin_keep <= 1:
            raise ValueError(f"mixture: weight={self.weight}, thin.keep={self.thin_keep} are out of range")


def read_mixture(path: Path) -> dict[str, SourceRule]:
    """Read a mixture file; the rule named "" is the default."""
    table = tomllib.loads(path.read_text(encoding="utf8"))
    rules = {}
    for name, entry in {"": table.get("default", {}), **table.get("sources", {})}.items():
        thin = entry.pop("thin", {})
        rules[name] = SourceRule(**entry, thin_pattern=thin.get("pattern", ""), thin_keep=thin.get("keep", 1.0))
    return rules


def fingerprint(line: str) -> str:
    """Reduce a line to its folded letters and digits, so that copies are recognised whatever their punctuation."""
    return _FINGERPRINT.sub(" ", normalise(line).casefold()).strip()


def read_excluded(paths: Iterable[Path]) -> set[str]:
    """Collect the fingerprints of all lines of the evaluation files; of folders, of the `.txt` files right inside."""
    found: set[str] = set()
    for path in paths:
        for file in sorted(path.glob("*.txt")) if path.is_dir() else [path]:
            with file.open(encoding="utf8") as lines:
                found.update(fingerprint(line) for line in lines)
    found.discard("")
    return found


def clean_line(line: str, offensive: frozenset[str]) -> str | None:
    """Normalise a line; None where it holds private data, offence, markup or nothing a person would type."""
    line = normalise(line).strip()
    if not line or _PRIVATE.search(line) or _FOREIGN.search(line) or _STRETCHED.search(line):
        return None
    words = _WORD.findall(line.lower())
    letters = sum(map(len, words))
    if not words or letters < 0.6 * len(line.replace(" ", "")) or max(map(len, words)) > 30:
        return None
    if offensive.intersection(words):
        return None
    return line


def read_documents(path: Path, kind: str) -> Iterator[list[str]]:
    """Yield the documents of a `.txt` or `.txt.xz` file as lists of raw lines."""
    document: list[str] = []
    with lzma.open(path, "rt", encoding="utf8") if path.suffix == ".xz" else path.open(encoding="utf8") as lines:
        for line in lines:
            if line.strip():
                document.append(line.rstrip("\n"))
            if document and (kind == "sentences" or not line.strip()):
                yield document
                document = []
    if document:
        yield document


def choose_split(document: list[str], held_out: float) -> str:
    """Assign a document by a hash of its text, so that copies stay together and a rerun gives the same split."""
    digest = hashlib.sha256("\n".join(document).encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "validation" if place < held_out else "test" if place < 2 * held_out else "train"


@dataclass(frozen=True, kw_only=True)
class _Job:
    path: Path
    rule: SourceRule
    excluded: set[str]
    offensive: frozenset[str]
    seed: int
    held_out: float
    folder: Path


def _prepare_source(job: _Job) -> tuple[str, dict[str, int]]:
    """Clean one source into a part file per split; give its name and what was kept and dropped."""
    name = source_name(job.path)
    rng = random.Random(f"{job.seed} {name}")
    thin = re.compile(job.rule.thin_pattern) if job.rule.thin_pattern else None
    counts: Counter[str] = Counter()
    parts = {split: (job.folder / f"{split}.{name}.part").open("w", encoding="utf8") for split in SPLITS}
    for raw in read_documents(job.path, job.rule.kind):
        counts["lines_read"] += len(raw)
        document = []
        for line in raw:
            cleaned = clean_line(line, job.offensive)
            if cleaned is None:
                counts["lines_dropped_unclean"] += 1
            elif fingerprint(cleaned) in job.excluded:
                counts["lines_dropped_in_evaluation"] += 1
            elif thin and thin.search(cleaned) and rng.random() >= job.rule.thin_keep:
                counts["lines_thinned"] += 1
            else:
                document.append(cleaned)
        if not document:
            continue
        split = choose_split(document, job.held_out)
        copies = int(job.rule.weight) + (rng.random() < job.rule.weight % 1)
        for _ in range(copies if split == "train" else min(copies, 1)):
            parts[split].write("\n".join(document) + "\n\n")
            counts[f"{split}_lines"] += len(document)
            counts[f"{split}_words"] += sum(len(line.split()) for line in document)
    for part in parts.values():
        part.close()
    return name, dict(counts)


def source_name(path: Path) -> str:
    """Name a source by its file: `chat.txt.xz` is `chat`."""
    return path.name.removesuffix(".xz").removesuffix(".txt")


def prepare(
    *,
    text: Path,
    out: Path,
    mixture: Path,
    exclude: Iterable[Path] = (),
    blocklist: Path | None = None,
    seed: int = 1,
    held_out: float = 0.005,
    workers: int = 2,
) -> dict:
    """Clean, weight and split all `.txt` and `.txt.xz` files of a folder; give the summary it also writes.

    Raises
    ------
    FileNotFoundError
        If the folder is missing or holds no text.
    """
    sources = sorted([*text.glob("*.txt"), *text.glob("*.txt.xz")])
    if not sources:
        raise FileNotFoundError(f"no .txt or .txt.xz file in {text}: name a folder of text with --text")
    rules = read_mixture(mixture)
    offensive = frozenset(read_words(blocklist)) if blocklist else frozenset()
    out.mkdir(parents=True, exist_ok=True)
    excluded = read_excluded(exclude)
    jobs = [
        _Job(path=path, rule=rules.get(source_name(path), rules[""]), excluded=excluded, offensive=offensive,
             seed=seed, held_out=held_out, folder=out)
        for path in sorted(sources, key=lambda path: -path.stat().st_size)
    ]  # fmt: skip
    with parallel(min(workers, len(jobs))) as run:
        kept = dict(sorted(run(_prepare_source, jobs)))
    for split in SPLITS:
        with atomic_path(out / f"{split}.txt") as temporary, temporary.open("wb") as whole:
            for name in kept:
                part = out / f"{split}.{name}.part"
                whole.write(part.read_bytes())
                part.unlink()
    summary = {
        "sources": kept,
        "seed": seed,
        "held_out": held_out,
        "mixture": mixture.read_text(encoding="utf8"),
        "excluded_lines": len(excluded),
    }
    atomic_write_text(out / "corpus.json", json.dumps(summary, indent=1))
    return summary


def read_words(path: Path) -> list[str]:
    """Read a word list, one entry a line; entries of several words are left out."""
    entries = (line.strip().lower() for line in path.read_text(encoding="utf8").splitlines())
    return [entry for entry in entries if entry and " " not in entry]


def iterate(path: Path) -> Iterator[list[str]]:
    """Yield the documents of a prepared split.

    Raises
    ------
    FileNotFoundError
        If the split is missing.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: make it with `python -m training corpus`")
    yield from read_documents(path, "dialogue")
