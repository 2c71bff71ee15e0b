"""The pieces: a SentencePiece BPE model trained on the words of the corpus with their counts.

Step 3 of the pipeline. Owns the trainer's settings and the three ways to treat case (`CASINGS`). Since pieces never
cross a chunk (see `autocomplete.text.chunks`), a table of chunks with counts says all there is to know: training takes
seconds and sees every line.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import sentencepiece

from autocomplete.text import chunks, truecase
from autocomplete.tokenizer import BREAK, PAD, SPECIALS, START, UNK, Tokenizer
from training.corpus import iterate
from training.files import atomic_path
from training.lexicon import read_rows, usual_forms

CASINGS = ("truecased", "folded", "cased")
"""What the model reads: sentence-start capitals undone (the default), all lower case, or text as it was written."""


def casing_function(casing: str, lexicon: Path | None) -> Callable[[str], str]:
    """Give the function that brings a normalised line into the case the model reads.

    Raises
    ------
    ValueError
        If the casing is not one of `CASINGS`.
    """
    if casing == "cased":
        return str
    if casing == "folded":
        return str.lower
    if casing != "truecased" or lexicon is None:
        raise ValueError(f'casing is "{casing}", expected one of {", ".join(CASINGS)}; truecasing needs a lexicon')
    usual = usual_forms(read_rows(lexicon))
    return lambda line: truecase(line, usual)


def count_chunks(lines: Iterable[str], recase: Callable[[str], str]) -> Counter[str]:
    """Count the chunks of lines as the model will read them."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(chunks(" " + recase(line)))
    return counts


def train(counts: Counter[str], vocab_size: int, min_count: int = 2) -> bytes:
    """Train pieces on chunk counts and give the serialised model.

    Raises
    ------
    ValueError
        If the text is too small for so many pieces.
    """
    rows = (f"{chunk}\t{count}" for chunk, count in counts.most_common() if count >= min_count and "\t" not in chunk)
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_counted(rows),
            input_format="tsv",
            model_writer=model,
            model_type="bpe",
            vocab_size=vocab_size,
            byte_fallback=True,
            split_digits=True,
            split_by_unicode_script=False,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            character_coverage=0.9999,
            max_sentencepiece_length=20,
            pad_id=PAD,
            unk_id=UNK,
            bos_id=START,
            eos_id=-1,
            pad_piece=SPECIALS[PAD],
            unk_piece=SPECIALS[UNK],
            bos_piece=SPECIALS[START],
            control_symbols=[SPECIALS[BREAK]],
            num_threads=os.cpu_count() or 1,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"{len(counts)} different words do not make {vocab_size} pieces ({error}): ask for fewer with --vocab-size"
        ) from error
    return model.getvalue()


def _counted(rows: Iterable[str]) -> Iterator[str]:
    yield from rows


def make(*, corpus: Path, lexicon: Path, out: Path, vocab_size: int, casing: str = "truecased") -> dict:
    """Count the training split, train the pieces, write the model; give what describes it."""
    recase = casing_function(casing, lexicon)
    counts = count_chunks((line for document in iterate(corpus / "train.txt") for line in document), recase)
    model = train(counts, vocab_size)
    with atomic_path(out) as temporary:
        temporary.write_bytes(model)
    tokenizer = Tokenizer(model)
    words = {chunk: count for chunk, count in counts.items() if chunk[0] == " " and chunk[1:2].isalpha()}
    whole = sum(count for chunk, count in words.items() if len(tokenizer.encode(chunk)) == 1)
    tokens = sum(count * len(tokenizer.encode(chunk)) for chunk, count in counts.items())
    return {
        "vocab_size": tokenizer.vocab_size,
        "casing": casing,
        "share_of_words_that_are_one_piece": round(whole / sum(words.values()), 4),
        "tokens": tokens,
        "characters_per_token": round(sum(len(chunk) * count for chunk, count in counts.items()) / tokens, 3),
    }
