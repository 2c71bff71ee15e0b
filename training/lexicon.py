"""The word list: which forms the keyboard may offer, how each is usually written, how frequent it is.

Step 2 of the pipeline. Joins counts from the corpus with word lists brought in a folder (`wordfreq/`, `hunspell/`,
`names/`, `blocklists/`, each optional) and writes `lexicon.tsv`: form, natural-log probability, flags.
Beside it stand the words that are written but not listed (`attested.py`).
Flags: "offensive" (never offered unasked) and "variant" (a sloppy spelling: `dont`, `monday`; counted for the usual
form, never shown). The compact form the runtime reads is `autocomplete/lexicon.py`.
"""

from __future__ import annotations

import lzma
import math
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autocomplete.lexicon import key_of
from autocomplete.text import WORD, truecase
from training.attested import choose, write
from training.corpus import iterate, read_words
from training.files import atomic_write_text
from training.misspelt import meant_by
from training.slips import Explanations, find_slips

_ENDINGS = ("s", "es", "ed", "er", "ers", "ing", "ings", "y", "ies", "ier", "iest")
_COMPOUNDED = frozenset(
    {"head", "heads", "face", "hole", "holes", "wit", "tard", "ass", "bag", "load", "show", "less", "up"}
)
_TOKEN = re.compile(rf"{WORD}(?:-{WORD})*")
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]+(?:['-][a-zA-Z\u00c0-\u024f]+)*")


@dataclass(frozen=True, kw_only=True)
class LexiconConfig:
    """What it takes for a word to be listed."""

    size: int = 80_000
    """most forms, variants not counted"""
    min_count: int = 4
    """fewest sightings in the corpus of a word that a word list knows too"""
    min_count_unknown: int = 25
    """fewest sightings of a word that the dictionary does not know (new words and names, not slips)"""
    min_frequency: float = 6e-8
    """least frequency of a dictionary word that the corpus does not hold"""
    min_frequency_unknown: float = 1.5e-6
    """least frequency of a word that the dictionary does not know and the corpus seldom holds"""
    single_letters: tuple[str, ...] = ("a", "I")
    """one-letter words of the language"""
    corpus_share: float = 0.75
    """weight of the corpus against the frequency list in a word's probability"""
    min_form_share: float = 0.05
    """least share of a word's sightings for a second casing to be listed"""
    min_known_form_share: float = 0.02
    """the same of a casing that the dictionary holds beside the usual one (`us` and `US`, `mark` and `Mark`)"""


@dataclass(frozen=True)
class WordLists:
    """What the word lists say, by folded word."""

    frequency: dict[str, float]
    """share of running text"""
    stems: dict[str, set[str]]
    """dictionary entries and first names with their case; inflected words are not among them"""
    is_spelled: Callable[[str], bool]
    """whether the dictionary, affixes applied, holds exactly this form"""
    offensive: frozenset[str]
    """words never offered unasked"""
    is_spelled_elsewhere: Callable[[str], bool] = lambda _: False
    """whether a dictionary of another country of the same language holds this form"""

    def known_forms(self, word: str) -> set[str]:
        """Give the correct ways to write a folded word, as far as the lists know any."""
        forms = {stem for stem in self.stems.get(word, ()) if stem != word}
        if self.is_spelled(word):
            forms.add(word)
        elif self.is_spelled(word.capitalize()):
            forms.add(word.capitalize())
        return forms


def read_word_lists(folder: Path | None, language: str) -> WordLists:
    """Read whichever lists the folder holds for a language.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    if folder is None:
        return WordLists({}, {}, lambda _: False, frozenset())
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder: name the folder of word lists with --lists")
    stems, is_spelled = _read_dictionary(folder / "hunspell" / f"{language}.dic")
    for path in sorted((folder / "names").glob("*.txt")):
        for line in path.read_text(encoding="utf8").splitlines():
            name = line.strip()
            if name and not name.startswith("#") and not is_spelled(name.lower()):
                stems[name.lower()].add(name)
    blocklist = folder / "blocklists" / f"ldnoobw_{language}.txt"
    offensive = frozenset(read_words(blocklist)) if blocklist.exists() else frozenset()
    others = [_read_dictionary(path)[1] for path in sorted((folder / "hunspell").glob(f"{language}-*.dic"))]
    return WordLists(
        _read_frequencies(folder / "wordfreq" / f"{language}.tsv.xz"),
        stems,
        is_spelled,
        offensive,
        lambda word: any(spelled(word) for spelled in others),
    )


def _read_frequencies(path: Path) -> dict[str, float]:
    if not path.exists():
        return {}
    with lzma.open(path, "rt", encoding="utf8") as lines:
        return {word: float(share) for word, share in (line.split("\t") for line in lines)}


def _read_dictionary(path: Path) -> tuple[dict[str, set[str]], Callable[[str], bool]]:
    """Read a Hunspell dictionary: its entries by folded spelling, and the lookup that knows affixes."""
    stems: dict[str, set[str]] = defaultdict(set)
    if not path.exists():
        return stems, lambda _: False
    for line in path.read_text(encoding="utf8").splitlines()[1:]:
        stem = line.split("/")[0].strip()
        stems[stem.lower()].add(stem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the library leaves its files to the garbage collector
        from spylls.hunspell import Dictionary  # here alone: who only trains needs no dictionary

        dictionary = Dictionary.from_files(str(path.with_suffix("")))
    return stems, dictionary.lookup


def count_forms(lines: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Count the words of normalised lines: forms where case tells something, and folded words everywhere.

    Sentence starts tell nothing about case; they are found by truecasing with everything held to be lower case and
    skipping what that changed.
    """
    forms: Counter[str] = Counter()
    folded: Counter[str] = Counter()
    for line in lines:
        for before, after in zip(_TOKEN.findall(line), _TOKEN.findall(truecase(line, str)), strict=False):
            folded[before.lower()] += 1
            if before == after:
                forms[before] += 1
    return forms, folded


def choose_forms(
    sightings: dict[str, int], known: set[str], config: LexiconConfig
) -> tuple[dict[str, float], list[str]]:
    """Decide how one folded word is written: shares of the accepted forms, and the sloppy variants.

    A casing that the dictionary contradicts (`monday`, `i`) is a variant however often it is seen.
    """
    total = sum(sightings.values())
    if not total:
        return dict.fromkeys(known or set(), 1.0), []
    weights = {form: float(sightings.get(form, 0)) + (2.0 if form in known else 0.0) for form in set(sightings) | known}
    best = max(weights, key=lambda form: (form in known or not known, weights[form], form))
    accepted, variants = {}, []
    for form, weight in weights.items():
        share = weight / sum(weights.values())
        shouted = len(form) > 1 and form.isupper() and form not in known
        least = config.min_known_form_share if form in known else config.min_form_share
        if form == best or (share >= least and not shouted and (not known or form in known)):
            accepted[form] = share
        elif share >= config.min_form_share and sightings.get(form, 0) >= config.min_count:
            variants.append(form)
    total_share = sum(accepted.values())
    return {form: share / total_share for form, share in accepted.items()}, variants


def _skeleton(form: str) -> str:
    return form.lower().replace("'", "")


def build(
    forms: Counter[str], folded: Counter[str], lists: WordLists, config: LexiconConfig
) -> list[tuple[str, float, str]]:
    """Join counts and lists to rows of (form, natural-log probability, flags), likeliest first."""
    total = sum(folded.values())
    sightings: dict[str, dict[str, int]] = defaultdict(dict)
    for form, count in forms.items():
        sightings[form.lower()][form] = count
    contractions = {_skeleton(word): word for word in sorted(folded, key=lambda w: folded[w]) if "'" in word}
    singles = {letter.lower(): {letter} for letter in config.single_letters}

    def known_forms(word: str) -> set[str]:
        return singles.get(word, set()) if len(word) == 1 else lists.known_forms(word)

    candidates: dict[str, tuple[float, set[str]]] = {}
    for word in set(folded) | set(lists.frequency):
        count, frequency, known = folded[word], lists.frequency.get(word, 0.0), known_forms(word)
        if _listed(word, count, frequency, bool(known), config):
            probability = config.corpus_share * (count + 0.1) / total + (1 - config.corpus_share) * frequency
            candidates[word] = probability, known
    unknown = {
        word: probability
        for word, (probability, known) in candidates.items()
        if not known and not lists.is_spelled_elsewhere(word) and _is_mostly_lower(sightings[word], word)
    }
    slips = _slips(unknown, {word: chance for word, (chance, known) in candidates.items() if known}, folded)
    rows: list[tuple[str, float, str]] = []
    for word, (probability, known) in candidates.items():
        if word in slips:
            continue
        count = folded[word]
        sloppy = _is_sloppy(word, count, folded.get(contractions.get(word, ""), 0), known, lists)
        shares, variants = choose_forms(sightings[word], known, config)
        if not shares:
            shares = {word: 1.0}
        flags = ["offensive"] if _is_offensive(word, lists) else []
        for form, share in shares.items():
            rows.append((form, math.log(probability * share), ",".join(flags + ["variant"] * sloppy)))
        rows.extend((form, math.log(probability * 0.05), ",".join([*flags, "variant"])) for form in variants)
    rows.sort(key=lambda row: (-row[1], row[0]))
    kept = [row for row in rows if "variant" not in row[2]][: config.size]
    floor = kept[-1][1] if kept else -math.inf
    rows = kept + [row for row in rows if "variant" in row[2] and row[1] >= floor]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _slips(unknown: dict[str, float], known: dict[str, float], folded: Counter[str]) -> set[str]:
    """Give the words that no list knows and that are slips or misspellings of others."""
    if not any(map(key_of, known)):
        return set()
    explanations = Explanations(known)
    misspelt = {
        word
        for word, chance in unknown.items()
        if meant_by(key_of(word), chance, folded[word], explanations) is not None
    }
    return find_slips(unknown, explanations) | misspelt


def _is_mostly_lower(sightings: dict[str, int], word: str) -> bool:
    return 2 * sightings.get(word, 0) > sum(sightings.values())


def _is_sloppy(word: str, count: int, contracted: int, known: set[str], lists: WordLists) -> bool:
    """Tell whether a word is a contraction without its apostrophe (`dont`, `hes`) rather than a word (`ill`, `its`)."""
    if not known:
        return contracted > count
    return word.endswith("s") and word not in lists.stems and contracted > 15 * count


def _is_offensive(word: str, lists: WordLists) -> bool:
    """Tell whether a word, or what it is inflected or compounded from, is on the block list.

    What is more frequent than its supposed stem (`butter`) is a word of its own.
    """
    stem = word.removesuffix("'s")
    if stem in lists.offensive:
        return True
    if "-" in stem:
        return any(_is_offensive(part, lists) for part in stem.split("-"))
    stems = {stem.removesuffix(ending) for ending in _ENDINGS if stem.endswith(ending)}
    stems |= {found[:-1] for found in stems if found[-2:-1] == found[-1:]}  # a doubled consonant
    stems |= {start for start in _beginnings(stem) if stem[len(start) :] in _COMPOUNDED}
    return any(lists.frequency.get(word, 0.0) < lists.frequency.get(found, 0.0) for found in stems & lists.offensive)


def _beginnings(word: str) -> Iterator[str]:
    return (word[:end] for end in range(4, len(word)))


def _listed(word: str, count: int, frequency: float, in_dictionary: bool, config: LexiconConfig) -> bool:
    if not _LATIN.fullmatch(word) or len(word) > 24:
        return False
    if len(word) == 1 or count >= config.min_count_unknown:
        return in_dictionary or len(word) > 1
    if in_dictionary:
        return count >= config.min_count or ("'" not in word and frequency >= config.min_frequency)
    return count >= config.min_count and frequency >= config.min_frequency_unknown


def usual_forms(rows: Iterable[tuple[str, float, str]]) -> Callable[[str], str | None]:
    """Give the lookup that `autocomplete.text.truecase` wants: folded word to its likeliest form."""
    table: dict[str, str] = {}
    for form, _, flags in rows:
        if "variant" not in flags:
            table.setdefault(form.lower(), form)
    return table.get


def read_probabilities(path: Path) -> dict[str, float]:
    """Read the probability of each folded word, sloppy spellings left out, as `read_rows` reads its rows."""
    found: dict[str, float] = defaultdict(float)
    for form, logprob, flags in read_rows(path):
        if "variant" not in flags:
            found[form.lower()] += math.exp(logprob)
    return found


def read_rows(path: Path) -> list[tuple[str, float, str]]:
    """Read `lexicon.tsv`, likeliest form first.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file is missing, or a line has not the three columns.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: make it with `python -m training lexicon`")
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 3:
            raise ValueError(f"{path}, line {number}: {len(columns)} columns, expected form, logprob and flags")
        rows.append((columns[0], float(columns[1]), columns[2]))
    return rows


def may_be_misspelt(word: str, forms: Counter[str], lists: WordLists) -> bool:
    """Tell whether no list knows a folded word and it is no name by the way it is written."""
    sightings = {form: forms[form] for form in (word, word.capitalize(), word.upper())}
    return not lists.known_forms(word) and not lists.is_spelled_elsewhere(word) and _is_mostly_lower(sightings, word)


def make(*, corpus: Path, out: Path, attested: Path, lists: Path | None, language: str, config: LexiconConfig) -> dict:
    """Count the training split, join the lists, write `lexicon.tsv` and `attested.tsv`; give their sizes."""
    forms, folded = count_forms(line for document in iterate(corpus / "train.txt") for line in document)
    known = read_word_lists(lists, language)
    rows = build(forms, folded, known, config)
    unlisted = choose(folded, known.frequency, rows, lambda word: may_be_misspelt(word, forms, known))
    atomic_write_text(out, "".join(f"{form}\t{logprob:.4f}\t{flags}\n" for form, logprob, flags in rows))
    write(attested, unlisted)
    return {
        "forms": len(rows),
        "variants": sum("variant" in row[2] for row in rows),
        "attested": len(unlisted.shares),
        "misspellings": len(unlisted.slips),
        "words_counted": sum(folded.values()),
    }
