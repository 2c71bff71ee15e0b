"""Which emoji a word plainly means, which a name may become, and when nothing is offered."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from autocomplete.emoji import FILE, EmojiFileError, EmojiList, Entry, lay_out, name_begun

ENTRIES = [
    Entry("🍕", "pizza", (), ("cheese", "italy"), ("pizza",)),
    Entry(
        "🎂", "birthday_cake", ("cake",), ("party", "happy_birthday"), ("birthday", "happy birthday", "birthday cake")
    ),
    Entry("🧀", "cheese_wedge", (), ("food",), ("cheese",)),
    Entry("👍", "thumbs_up", ("+1", "thumbsup"), ("yes",), ("thumbs up",)),
]


@pytest.fixture
def emoji(tmp_path: Path) -> EmojiList:
    """A list of four."""
    path = tmp_path / "emoji.tsv.gz"
    packing = zlib.compressobj(9, wbits=31)
    path.write_bytes(packing.compress(lay_out(ENTRIES, "by A. Person\nfree").encode()) + packing.flush())
    return EmojiList(path)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("I had pizza", "🍕"),
        ("I had Pizza ", "🍕"),
        ("PIZZA", "🍕"),
        ("happy birthday", "🎂"),
        ("a birthday", "🎂"),
        ("birthday cake", "🎂"),
        ("pizza cheese", "🧀"),
        ("thumbs up ", "👍"),
        ("thumbs", None),
        ("pizzas", None),
        ("pizza  ", None),
        ("pizza,", None),
        ("pizza5", None),
        ("pizza\n", None),
        ("", None),
        (" ", None),
        ("5 ", None),
    ],
)
def test_what_the_last_words_mean(emoji: EmojiList, text: str, meant: str | None) -> None:
    assert emoji.meant(text) == meant


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (":pi", ["🍕"]),
        (":PI", ["🍕"]),
        (":cake", ["🎂"]),
        (":ch", ["🧀", "🍕"]),  # a name before a keyword
        (":wedge", ["🧀"]),
        (":food", ["🧀"]),
        (":birthday-c", ["🎂"]),
        (":+1", ["👍"]),
        (":thumbs_up:", ["👍"]),
        (":thumbs:", []),
        (":xx", []),
    ],
)
def test_what_a_name_may_become(emoji: EmojiList, name: str, found: list[str]) -> None:
    assert emoji.named(name, 3) == found


def test_no_more_than_asked_for(emoji: EmojiList) -> None:
    assert emoji.named(":ch", 1) == ["🧀"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (":jo", ":jo"),
        ("see :jo", ":jo"),
        ("(:jo", ":jo"),
        ("\n:joy", ":joy"),
        (":joy:", ":joy:"),
        (":heart_e", ":heart_e"),
        (":+1", ":+1"),
        (":-1:", ":-1:"),
        ("at 10:30", None),
        ("10:ab", None),
        ("http://joy", None),
        ("note:joy", None),
        (":)", None),
        (":-)", None),
        (":D", None),
        (":P", None),
        (":", None),
        ("::", None),
        (":joy ", None),
        ("", None),
    ],
)
def test_where_a_name_is_written(text: str, name: str | None) -> None:
    assert name_begun(text) == name


def test_what_is_written_is_read_back_below_its_notice(emoji: EmojiList, tmp_path: Path) -> None:
    assert lay_out(ENTRIES, "by A. Person\nfree").startswith(
        "# by A. Person\n# free\n🍕\tpizza\t\tcheese,italy\tpizza\n"
    )
    assert emoji.every() == [entry.emoji for entry in ENTRIES]


def test_the_built_in_list_is_small_carries_its_licence_and_knows_the_well_known() -> None:
    assert FILE.stat().st_size < 60_000
    notice = FILE.with_name("emoji.LICENSE").read_text(encoding="utf8")
    assert "MIT License" in notice
    assert all(line in zlib.decompress(FILE.read_bytes(), 31).decode("utf8") for line in notice.splitlines())
    emoji = EmojiList()
    assert emoji.named(":joy", 1) == ["😂"]
    assert emoji.named(":heart", 1) == ["❤️"]
    assert "😂" in emoji.named(":jo", 3)
    assert [emoji.meant(text) for text in ("pizza", "happy birthday", "a coffee", "red heart")] == [
        "🍕",
        "🎂",
        "☕",
        "❤️",
    ]


FREQUENT = """
the to on in of a I you is it and up new cool free ok watch man may march june us back cancer gun play stop key fly
bank cook can will love time day good one two first next right left not no yes
"""


def test_nothing_silly_is_offered() -> None:
    emoji = EmojiList()
    assert {word: emoji.meant(f"this is {word}") for word in FREQUENT.split()} == dict.fromkeys(FREQUENT.split())


def test_a_spoiled_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EmojiFileError, match="install the package again"):
        EmojiList(tmp_path / "none.gz").meant("pizza")
    (tmp_path / "bad.gz").write_bytes(b"nothing")
    with pytest.raises(EmojiFileError, match="install the package again"):
        EmojiList(tmp_path / "bad.gz").meant("pizza")
    packing = zlib.compressobj(9, wbits=31)
    (tmp_path / "short.gz").write_bytes(packing.compress("🍕\tpizza\n".encode()) + packing.flush())
    with pytest.raises(EmojiFileError, match="2 columns, expected 5"):
        EmojiList(tmp_path / "short.gz").named(":pizza", 1)
