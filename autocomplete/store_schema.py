"""The tables of a personal store and the statements over them; `store.py` runs them.

Rows are ordered by their words (`WITHOUT ROWID`) and times are whole hours, UTC: the order in which words were typed
cannot be read from the file.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
APPLICATION_ID: Final = 0x41437573
"""the letters ACus"""

LEARNED: Final = ("words", "forms", "pairs", "triples")

_COUNTS = "uses INTEGER NOT NULL, weight REAL NOT NULL, first_used INTEGER NOT NULL, last_used INTEGER NOT NULL"

CREATE: Final = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
    """CREATE TABLE IF NOT EXISTS words (
        word TEXT NOT NULL PRIMARY KEY,     -- lower case, straight apostrophe
        uses INTEGER NOT NULL,
        deliberate INTEGER NOT NULL,        -- uses that were surely no slip
        against INTEGER NOT NULL,           -- times it was deleted or corrected
        kept INTEGER NOT NULL,              -- times it was added by hand or put back after a correction
        weight REAL NOT NULL,               -- uses and kept, each times 2^((time - epoch) / half-life)
        first_used INTEGER NOT NULL,
        last_used INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS forms (
        word TEXT NOT NULL,
        form TEXT NOT NULL,                 -- as the user writes it
        uses INTEGER NOT NULL,              -- inside sentences: a capital that begins one says nothing
        PRIMARY KEY (word, form)) WITHOUT ROWID""",
    f"CREATE TABLE IF NOT EXISTS pairs (second TEXT NOT NULL, word TEXT NOT NULL, {_COUNTS}, "
    "PRIMARY KEY (second, word)) WITHOUT ROWID",
    f"CREATE TABLE IF NOT EXISTS triples (first TEXT NOT NULL, second TEXT NOT NULL, word TEXT NOT NULL, {_COUNTS}, "
    "PRIMARY KEY (first, second, word)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS blocked (word TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS settings (name TEXT NOT NULL PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID",
)

CREATE_ADAPTER: Final = """CREATE TABLE IF NOT EXISTS adapter (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1), content BLOB NOT NULL) WITHOUT ROWID"""
"""numbers of pieces, as `adapter_file.py` lays them out; deleted with whatever is forgotten"""
_FORGOTTEN = "coalesce((SELECT value FROM settings WHERE name = 'forgotten'), 0)"
ADAPTER: Final = f"SELECT (SELECT content FROM adapter), {_FORGOTTEN}"
KEEP_ADAPTER: Final = f"""INSERT INTO adapter SELECT 1, ? WHERE ? = {_FORGOTTEN}
    ON CONFLICT DO UPDATE SET content = excluded.content"""
DROP_ADAPTER: Final = (
    "DELETE FROM adapter",
    "INSERT INTO settings VALUES ('forgotten', 1) ON CONFLICT DO UPDATE SET value = value + 1",
)

CREATE_PACK: Final = (
    """CREATE TABLE IF NOT EXISTS pack (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1), content BLOB NOT NULL) WITHOUT ROWID""",
    "CREATE TRIGGER IF NOT EXISTS words_gone AFTER DELETE ON words BEGIN DELETE FROM pack; END",
    *(
        f"CREATE TRIGGER IF NOT EXISTS words_{name} AFTER {what} ON words BEGIN "
        "UPDATE settings SET value = 0 WHERE name = 'packed' AND value <> 0; END"
        for name, what in (("added", "INSERT"), ("changed", "UPDATE"))
    ),
)
"""the table of words in one piece (`word_pack.py`), written when a store is closed; what deletes a word deletes it, and
what changes one says that it is out of date, also where an earlier release writes"""
_FRESH = "FROM pack WHERE (SELECT value FROM settings WHERE name = 'packed') <> 0"
PACK: Final = f"SELECT content {_FRESH}"
IS_PACKED: Final = f"SELECT 1 {_FRESH}"
KEEP_PACK: Final = (
    "INSERT INTO pack VALUES (1, ?) ON CONFLICT DO UPDATE SET content = excluded.content",
    "INSERT INTO settings VALUES ('packed', 1) ON CONFLICT DO UPDATE SET value = 1",
)

_TRIGGERS: Final = ("words_gone", "words_added", "words_changed")
NAMES: Final = frozenset((*LEARNED, "blocked", "settings", "adapter", "pack", *_TRIGGERS))
"""of all tables and triggers"""

_ADD_TIMES = "first_used = min(first_used, excluded.first_used), last_used = max(last_used, excluded.last_used)"

ADD_WORD: Final = f"""INSERT INTO words VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    uses = uses + excluded.uses, deliberate = deliberate + excluded.deliberate, against = against + excluded.against,
    kept = kept + excluded.kept, weight = max(0, weight + excluded.weight), {_ADD_TIMES}"""
ADD_FORM: Final = "INSERT INTO forms VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET uses = uses + excluded.uses"
ADD_NGRAM: Final = {
    table: f"""INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO UPDATE SET
    uses = uses + excluded.uses, weight = max(0, weight + excluded.weight), {_ADD_TIMES}"""
    for table, marks in (("pairs", "?, ?, ?, ?, ?, ?"), ("triples", "?, ?, ?, ?, ?, ?, ?"))
}
DELETE_UNUSED: Final = {
    "words": "DELETE FROM words WHERE word = ? AND uses <= 0 AND kept <= 0",
    "forms": "DELETE FROM forms WHERE word = ? AND word NOT IN (SELECT word FROM words)",
    "pairs": "DELETE FROM pairs WHERE second = ? AND word = ? AND uses <= 0",
    "triples": "DELETE FROM triples WHERE first = ? AND second = ? AND word = ? AND uses <= 0",
}
MERGE: Final = {
    "words": ADD_WORD,
    "forms": ADD_FORM,
    **ADD_NGRAM,
    "blocked": "INSERT OR IGNORE INTO blocked VALUES (?)",
}

_COUNTED = "uses, deliberate, against, kept"
WORDS: Final = f"SELECT word, {_COUNTED}, weight, last_used FROM words"
FOLLOWERS: Final = {
    1: "SELECT word, uses, weight FROM pairs WHERE second = ?",
    2: "SELECT word, uses, weight FROM triples WHERE first = ? AND second = ?",
}
"""by how many words stand before"""

CREATE_SEEN: Final = f"CREATE TEMP TABLE IF NOT EXISTS seen (word TEXT NOT NULL PRIMARY KEY, {_COUNTED}) WITHOUT ROWID"
"""of a connection alone, in memory: the counts that a process has taken over"""
CHANGED_WORDS: Final = f"""{WORDS} WHERE last_used >= ? AND NOT EXISTS (SELECT 1 FROM temp.seen WHERE
    seen.word = words.word AND seen.uses = words.uses AND seen.deliberate = words.deliberate AND
    seen.against = words.against AND seen.kept = words.kept)"""
SEE_WORDS: Final = f"""INSERT INTO temp.seen SELECT word, {_COUNTED} FROM words WHERE last_used >= ?
    ON CONFLICT DO UPDATE SET uses = excluded.uses, deliberate = excluded.deliberate, against = excluded.against,
    kept = excluded.kept"""
FORGET_SEEN: Final = "DROP TABLE IF EXISTS temp.seen"

NEXT_GENERATION: Final = "UPDATE settings SET value = value + 1 WHERE name = 'generation'"

FORGET_WORD: Final = (
    "DELETE FROM words WHERE word = :word",
    "DELETE FROM forms WHERE word = :word",
    "DELETE FROM pairs WHERE second = :word OR word = :word",
    "DELETE FROM triples WHERE first = :word OR second = :word OR word = :word",
)
KEYS: Final = {"words": "word", "pairs": "second, word", "triples": "first, second, word"}
"""tables with times, and the columns of their keys"""
_BLOCKED = "(SELECT word FROM blocked)"
DELETE_BLOCKED: Final = (
    f"DELETE FROM words WHERE word IN {_BLOCKED}",
    f"DELETE FROM forms WHERE word IN {_BLOCKED}",
    f"DELETE FROM pairs WHERE second IN {_BLOCKED} OR word IN {_BLOCKED}",
    f"DELETE FROM triples WHERE first IN {_BLOCKED} OR second IN {_BLOCKED} OR word IN {_BLOCKED}",
)
PRUNE: Final = (
    "DELETE FROM triples WHERE (first, second, word) IN "
    "(SELECT first, second, word FROM triples ORDER BY weight LIMIT :surplus * 2 / 3)",
    "DELETE FROM pairs WHERE (second, word) IN (SELECT second, word FROM pairs ORDER BY weight LIMIT :surplus / 3 + 1)",
)
