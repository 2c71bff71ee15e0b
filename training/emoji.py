"""The emoji a keyboard may offer: their names, keywords, and the words that plainly mean one.

    python -m training.emoji emojilib_en-US.json --licence LICENSE --lexicon runs/lexicon.tsv

Makes `autocomplete/emoji.en.tsv.gz` of the list of `muan/emojilib` (MIT), for `autocomplete/emoji.py` to read. What is
offered unasked is kept narrow: a word that is all of an emoji's name, neither frequent nor of another meaning in text,
and the words of `PLAIN`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from autocomplete.emoji import FILE, Entry, lay_out
from training.files import atomic_path

_FILLERS: Final = frozenset({"face", "with", "of", "the", "a", "and"})
_MOST_WORDS: Final = 3
"""words of the longest name that is looked for in running text"""
_FREQUENT: Final = -8.9
"""Natural log of the frequency from which on a word is written too often to mean its emoji each time."""

AMBIGUOUS: Final = frozenset(
    """
    ab anchor artist atm axe baby badger bank bat bear beaver bed bone boomerang boy brain brick briefs bright bug
    button calendar cancer chains chair chestnut chicken child cl clamp clouds coat coffin coin cold collision comet
    compass construction cook copyright coral cricket customs cyclone dagger desert detective dim disguised division
    dodo door dragon dress drum ear eject elevator elf eye eyes factory fairy farmer feather female flushed fly foot
    fountain gear gemini genie grinning guard gun hammer herb hole hook horns hospital hot hotel hut ice id infinity
    jar judge key keyboard knot label ladder ledger leg leo lime link lock locked lotus lungs lying mage male mate
    mechanic medical memo metro minus mirror mouth neutral newspaper ng nose notebook ogre olive om open ox package
    pager pause peace pen phoenix pill pilot pistol placard pouting prohibited purse radio ram rat razor receipt
    record recycling registered repeat restroom reverse ribbon ring rock rose sake salt satellite scientist scroll
    seal seat selfie shaking shield ship shorts shovel shower singer skull smiling softball speaking sponge stadium
    station student sun superhero swan teacher telephone telescope television tent thread ticket toilet tongue train
    transgender troll turkey unlocked upwards vs warning weary wheel wheelchair wind window wing wireless wolf wood
    worm wrench yarn
    """.split()  # noqa: SIM905 - a list of them would be a page
)
"""Names that mean something else, or nothing worth a picture, where people write them in a sentence."""

PLAIN: Final[Mapping[str, str]] = {
    "beach": "🏖️", "beer": "🍺", "beers": "🍻", "bike": "🚲", "birthday": "🎂", "burger": "🍔", "cake": "🍰",
    "car": "🚗", "cats": "🐱", "champagne": "🍾", "cheers": "🍻", "cheese": "🧀", "chocolate": "🍫",
    "christmas": "🎄", "coffee": "☕", "congrats": "🎉", "congratulations": "🎉", "corn": "🌽", "dinosaur": "🦖",
    "dogs": "🐶", "facepalm": "🤦", "flowers": "💐", "fries": "🍟", "gift": "🎁", "haha": "😂", "halloween": "🎃",
    "heartbroken": "💔", "heart": "❤️", "hug": "🤗", "hugs": "🤗", "kisses": "😘", "lmao": "😂", "lol": "😂",
    "muscles": "💪", "noodles": "🍜", "party": "🎉", "pasta": "🍝", "plane": "✈️", "poop": "💩", "puppy": "🐶",
    "kiss": "😘", "kitten": "🐱", "ramen": "🍜", "rofl": "🤣", "santa": "🎅", "shrug": "🤷", "snow": "❄️",
    "snowflake": "❄️", "soccer": "⚽", "steak": "🥩", "thanksgiving": "🦃", "thumbs up": "👍",
    "thumbs down": "👎", "fingers crossed": "🤞", "wine": "🍷", "xoxo": "😘", "yay": "🎉", "yum": "😋",
    "yummy": "😋", "good luck": "🍀", "happy birthday": "🎂", "merry christmas": "🎄",
}  # fmt: skip
"""Words that everybody writes for one emoji whose name is another."""

_PARTS: Final = frozenset(
    {
        "arrow",
        "button",
        "circle",
        "family",
        "large",
        "man",
        "medium",
        "men",
        "people",
        "person",
        "sign",
        "small",
        "square",
    }
    | {"symbol", "thirty", "woman", "women"}
)
"""Words of a longer name that nobody writes for the picture."""

SHORTCODES: Final[Mapping[str, str]] = {
    "joy": "😂", "heart": "❤️", "thumbsup": "👍", "+1": "👍", "thumbsdown": "👎", "-1": "👎", "smile": "😄",
    "grin": "😁", "sob": "😭", "cry": "😢", "fire": "🔥", "pray": "🙏", "tada": "🎉", "clap": "👏", "ok_hand": "👌",
    "wave": "👋", "rofl": "🤣", "wink": "😉", "blush": "😊", "sweat_smile": "😅", "heart_eyes": "😍",
    "kissing_heart": "😘", "thinking": "🤔", "shrug": "🤷", "facepalm": "🤦", "100": "💯", "muscle": "💪",
    "poop": "💩", "scream": "😱", "sunglasses": "😎", "star": "⭐", "beers": "🍻", "party": "🥳", "v": "✌️",
    "raised_hands": "🙌", "rage": "😡", "sleeping": "😴", "ok": "👌", "check": "✅", "x": "❌", "cake": "🍰",
    "hug": "🤗", "laughing": "😆", "sad": "😢",
}  # fmt: skip
"""The names that chat programs taught people to write between colons; they come first."""


def entries(listed: Mapping[str, list[str]], frequencies: Mapping[str, float]) -> list[Entry]:
    """Make the entries of the file, in the order of the list.

    Raises
    ------
    ValueError
        If a word of `PLAIN` or `SHORTCODES` is for an emoji that is not listed.
    """
    for table in (PLAIN, SHORTCODES):
        for word, emoji in table.items():
            if emoji not in listed:
                raise ValueError(f'"{word}" is for {emoji}, which the list does not hold: take another list or emoji')
    plain = _plain_names(listed, frequencies)
    said: dict[str, list[str]] = {}
    for word, emoji in plain.items():
        said.setdefault(emoji, []).append(word)
    codes: dict[str, list[str]] = {}
    for code, emoji in SHORTCODES.items():
        codes.setdefault(emoji, []).append(code)
    return [
        Entry(
            emoji,
            _name(names[0]),
            tuple(codes.get(emoji, ())),
            tuple(dict.fromkeys(k for k in map(_name, names[1:]) if re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)*", k))),
            tuple(said.get(emoji, ())),
        )
        for emoji, names in listed.items()
    ]


def _plain_names(listed: Mapping[str, list[str]], frequencies: Mapping[str, float]) -> dict[str, str]:
    """Give the words that plainly mean an emoji."""
    whole: dict[str, list[str]] = {}
    for emoji, names in listed.items():
        words = [word for word in _name(names[0]).split("_") if word not in _FILLERS]
        if words and words[0] != "flag" and len(words) <= _MOST_WORDS and " ".join(words).isascii():
            whole.setdefault(" ".join(words), []).append(emoji)
    plain = {}
    for word, found in whole.items():
        alone = " " not in word
        frequent = alone and frequencies.get(word, _FREQUENT) >= _FREQUENT
        unnatural = not alone and any(part not in frequencies or part in _PARTS for part in word.split())
        if not (frequent or unnatural or word in AMBIGUOUS):
            plain[word] = next((e for e in found if _name(listed[e][0]).replace("_", " ") == word), found[0])
    return plain | dict(PLAIN)


def _name(written: str) -> str:
    return re.sub(r"[\s\-_]+", "_", written.strip().lower()).strip("_")


def read_frequencies(path: Path) -> dict[str, float]:
    """Read natural-log frequencies of folded words from a word list."""
    found: dict[str, float] = {}
    for line in path.read_text(encoding="utf8").splitlines():
        form, logprob, *_ = line.split("\t")
        found[form.lower()] = max(float(logprob), found.get(form.lower(), -99.0))
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--licence", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--lexicon", type=click.Path(exists=True, dir_okay=False, path_type=Path), default="runs/lexicon.tsv")
@click.option("--out", type=click.Path(path_type=Path), default=FILE)
def main(source: Path, licence: Path, lexicon: Path, out: Path) -> None:
    """Make the file of emoji from SOURCE, a JSON object of emoji to names."""
    made = entries(json.loads(source.read_text(encoding="utf8")), read_frequencies(lexicon))
    content = lay_out(made, licence.read_text(encoding="utf8"))
    with atomic_path(out) as temporary:
        temporary.write_bytes(gzip.compress(content.encode(), 9, mtime=0))
    click.echo(f"{out}: {len(made)} emoji, {sum(len(e.plain) for e in made)} words, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
