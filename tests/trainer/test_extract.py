"""Each reader on a small file of a published format, with the traps of the real ones."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from training.extract import archive_files, check_settings, dialogues, zip_files
from training.sources import read_manifest

MANIFEST = Path(__file__).parents[2] / "training" / "presets" / "sources.en.toml"
SOURCES = {source.name: source for source in read_manifest(MANIFEST).sources}


def _read(name: str, data: Any, part: int = 0) -> list[list[str]]:
    """Read data as the shipped manifest reads the files of a source."""
    raw = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode()
    return list(dialogues(raw, **SOURCES[name].parts[part].extract))


# ---- json


def test_conversations_by_id_hold_their_turns_in_a_list() -> None:
    turn = {"agent": "agent_1", "knowledge_source": ["FS1"], "turn_rating": "Good"}
    data = {
        "t_1": {"config": "C", "content": [turn | {"message": "Hi!  Two  spaces. "}, turn | {"message": "a\nb"}]},
        "t_2": {"article_url": "x", "content": [turn | {"message": "Is it?"}]},
    }
    assert _read("topical_chat_part", data) == [["Hi! Two spaces.", "a b"], ["Is it?"]]


def test_a_deal_is_not_talk() -> None:
    logs = [
        {"text": text, "task_data": {}, "id": "agent_1"} for text in ("\U0001f642 ok", "Submit-Deal", "Accept-Deal")
    ]
    assert _read("casino", [{"chat_logs": logs, "annotations": [["not this", "small-talk"]]}]) == [["🙂 ok"]]


def test_only_events_that_were_said_are_turns() -> None:
    events = [
        {"Action": "instruct", "Agent": "UserGuide", "Text": "Act confused."},
        {"Action": "utter", "Agent": "User", "Text": "I forgot."},
        {"Action": "request_suggestions", "Agent": "Wizard", "Text": "what name"},
        {"Action": "pick_suggestion", "Agent": "Wizard", "Text": "Your name, please?"},
        {"Action": "query", "Agent": "Wizard", "Constraints": [{"Name": "Text"}]},
        {"Action": "complete", "Agent": "User"},
    ]
    assert _read("star_dialogues", {"Events": events, "Scenario": {"UserTask": "no"}}) == [
        ["I forgot.", "Your name, please?"]
    ]


def test_lines_of_a_transcript_are_joined_to_turns() -> None:
    turns = [{"NAMES": ["A"], "UTTERANCES": ["That was a", "good time."], "NUMBER": 0}, {"UTTERANCES": ["Yes!"]}]
    assert _read("crd3_critical_role", {"METADATA": {"Synopsis": []}, "TURNS": turns}) == [
        ["That was a good time.", "Yes!"]
    ]


def test_json_inside_a_string_is_read_and_calls_of_the_api_are_not() -> None:
    context = [{"role": "agent", "text": "Where?"}, {"role": "api", "response": {}}, {"role": "user", "text": "Here"}]
    assert _read("taskmaster_tm4_tm3part", [{"context": json.dumps(context), "generation": "{}"}], 1) == [
        ["Where?", "Here"]
    ]


def test_marks_of_a_transcript_are_taken_out_and_its_tokens_joined() -> None:
    contents = ["Um {disfmarker} so , yes . {gap}", "{vocalsound}", "No ?"]
    assert _read("ami_icsi_meetings", {"meeting_transcripts": [{"content": text} for text in contents]}) == [
        ["Um so, yes.", "No?"]
    ]


@pytest.mark.parametrize("data", ['{"Events": 3}', "[]", '{"Events": null}', '{"Events": [{"Action": "utter"}]}'])
def test_json_without_what_is_looked_for_gives_nothing(data: str) -> None:
    assert _read("star_dialogues", data) == []


@pytest.mark.parametrize("data", ["no json", "", '{"Events": [3, null, "x"]}'])
def test_what_cannot_be_read_is_said_in_one_sentence(data: str) -> None:
    with pytest.raises(ValueError, match='cannot be read as "json"'):
        _read("star_dialogues", data)


# ---- table


def test_answers_are_taken_in_the_order_of_their_numbers() -> None:
    names = ["AssignmentId", "WorkerId", "Answer.sentence1", "Answer.sentence10", "Answer.sentence2", "Reject"]
    rows = [
        ["1", "A1", "one", "ten", 'two ""quoted"", with a comma', ""],
        ["2", "A1", "rejected", "x", "x", "bad"],
        ["3", "AVFEF3TMBLERO", "of a blocked worker", "x", "x", ""],
        ["4", "A2", "{}", "end", "begin", ""],
    ]
    data = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [names, *rows])
    assert _read("self_dialogue", data) == [["one", 'two "quoted", with a comma', "ten"], ["begin", "end"]]


def test_a_cell_may_hold_a_whole_conversation() -> None:
    data = (
        "user 1 personas,user 2 personas,Best Generated Conversation\r\n"
        '"I bake.\nI sing.",I am.,"User 1: Hi!\nUser 2: I like ""Emma"".\nUser 1: \nUser 1: User 2: told me"\r\n'
    )
    assert _read("synthetic_persona_chat_part", data) == [["Hi!", 'I like "Emma".', "User 2: told me"]]


def test_rows_of_one_dialogue_stand_together() -> None:
    data = ',Unit,Turn,B4,B2\n0,"Hi, you",0,0,a_live\n1,Hello ,0,1,a_live\n0,Good day,0,0,b_live\n'
    assert _read("persuasion_for_good", data) == [["Hi, you", "Hello"], ["Good day"]]


def test_quotes_mean_nothing_between_tabs() -> None:
    data = 'conversationId\tturnNumber\tutterance\tintent\na\t0\t"hi there\tx\na\t1\tok\tx\nb\t0\tbye"\tx\n'
    assert _read("multidogo_user_turns", data) == [['"hi there', "ok"], ['bye"']]


def test_a_missing_column_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r'no column is named "Unit": the columns are A, B'):
        _read("persuasion_for_good", "A,B\n1,2\n")
    with pytest.raises(ValueError, match='cannot be read as "table"'):
        _read("persuasion_for_good", "Unit,B\n1,2\n")


# ---- lines


def test_speakers_and_times_of_a_transcript_are_no_text() -> None:
    data = (
        "# Episode\n\n**Ann B. Cole, Psy.D:** It's _really_ good **here**.\n\nAnd s*** happens.\n\n"
        "**Bo:** \\[00:04:06.27\\] \\[laughs\\] ...I'll go. See [our page](https://example.org/x).\n\n"
        "**Break:** \\[52:11\\]\n\n**Bo:** Yes \\- no\n"
    )
    assert _read("changelog_podcasts", data) == [
        ["It's really good here.", "And s*** happens.", "...I'll go. See our page.", "Yes - no"]
    ]


def test_markup_of_a_wiki_is_taken_out() -> None:
    data = (
        "https://indieweb.org/A_page\n\n{{stub}}\n\nThe '''<dfn>[https://example.org/b +1 Button]</dfn>''' is a "
        "[[like|kind]] of [[webaction]].\n== Why should anyone ever do this ==\n* (none so far)\n"
        "* a list of more than <code>x</code> five words {{ann}}\n{| class=table of many words here\n"
        "#REDIRECT [[a page with a long name]]\n<blockquote><code><nowiki><b>x</b></nowiki></code></blockquote>\n"
    )
    assert _read("indieweb_wiki", data) == [["The +1 Button is a kind of webaction.", "a list of more than five words"]]


def test_numbers_before_prompts_and_translations_behind_sentences_are_no_text() -> None:
    assert _read("speech_prompts", "0000000001\tA prompt. \n0000000002\t9 lives\n") == [["A prompt.", "9 lives"]]
    assert _read("tatoeba", "Go.\tVa !\nHi.\tSalut.\tCC-BY 2.0\n") == [["Go.", "Hi."]]


def test_said_turns_are_found_between_marks() -> None:
    data = (
        "<PR>get<PRAN>genre<PRAV>action<C><U>Any films?<A>Yes.<PN>find<PAN>place<PAV>near\t[A]Which one?\tdlg-1\n"
        "<U>That\t[PN]book[PAN]x\tdlg-2\n"
    )
    assert _read("taskmaster_tm4_tm3part", data, 2) == [["Any films?", "Yes.", "Which one?", "That"]]
    reviews = b"<Cons>Slow &amp; loud</Cons>\n\n<Pros>The owner\x92s manual</Pros>\n<Pros>na\xc3\xafve</Pros>\n"
    assert _read("pros_cons_reviews", reviews) == [["Slow &amp; loud", "The owner’s manual", "naïve"]]


def test_a_byte_order_mark_and_odd_line_ends_are_no_text() -> None:
    data = b"\xef\xbb\xbfone\r\ntwo\x0b\xe2\x80\xa8three\r\n \r\n"
    assert list(dialogues(data, kind="lines")) == [["one", "two three"]]


# ---- chat


def test_a_chat_log_gives_what_people_said() -> None:
    log = (
        "[10:01] <ann> hi\n"
        "=== bo [n=bo@host.example]  has joined #ubuntu\n"
        "[10:02] <bo> ann: try  this\n"
        "[10:03] <ann> ok, bo, thanks\n"
        "[10:03]  * bo waves\n"
        "[10:04] <ann> bo, , one\n"
        "[10:04] <ubottu> bo: Information about that\n"
        "[10:05] <bo> <hint> see http://example.org: it\n"
        "[10:06] <bo> ann,\n"
    )
    assert _read("ubuntu_irc_disentangle", log) == [
        ["hi", "try this", "ok, bo, thanks", ", one", "<hint> see http://example.org: it"]
    ]


# ---- containers and settings


def _archive(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"repo-1a2b/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("repo-1a2b/data/link.json")
        link.type, link.linkname = tarfile.SYMTYPE, "a.json"
        archive.addfile(link)


def test_files_are_picked_out_of_an_archive(tmp_path: Path) -> None:
    names = [
        "data/a.json",
        "data/b c.json",
        "data/deep/er/d.json",
        "data/big.json",
        "data/odd.json",
        "a.json",
        "data/e.md",
    ]
    _archive(tmp_path / "a.tar.gz", {name: b"x" * (90 if "big" in name else 9) for name in names})

    def pick(wanted: list[str], skip: list[str] = [], max_bytes: int = 0) -> list[str]:  # noqa: B006
        return [path for path, _ in archive_files(tmp_path / "a.tar.gz", wanted, skip, max_bytes)]

    assert pick(["data/*.json"], ["data/odd*"], 50) == ["data/a.json", "data/b c.json"]
    assert pick(["data/**/*.json"], ["**/odd.json"]) == [*names[:3], "data/big.json"]
    assert pick(["?.json"]) == ["a.json"]
    assert pick(["data/[ab].json"]) == []


@pytest.mark.parametrize("keep", [10, 400, -4, -9])
def test_a_truncated_archive_is_refused(tmp_path: Path, keep: int) -> None:
    _archive(tmp_path / "whole.tar.gz", {f"{i}.txt": bytes(range(256)) * 50 for i in range(3)})
    (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "whole.tar.gz").read_bytes()[:keep])
    with pytest.raises(ValueError, match="is damaged"):
        list(archive_files(tmp_path / "cut.tar.gz", ["*"], [], 0))


def test_another_file_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "page.tar.gz").write_bytes(b"<html>sorry</html>")
    (tmp_path / "text.tar.gz").write_bytes(gzip.compress(b"no archive in here" * 99))
    for name in ("page.tar.gz", "text.tar.gz"):
        with pytest.raises(ValueError, match="is damaged"):
            list(archive_files(tmp_path / name, ["*"], [], 0))


def test_files_are_picked_out_of_a_zip() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("_about.txt", "about")
        archive.writestr("fra.txt", "Go.\tVa !")
    assert list(zip_files(buffer.getvalue(), "fra.txt")) == [b"Go.\tVa !"]
    with pytest.raises(ValueError, match="no whole zip"):
        list(zip_files(buffer.getvalue()[:60], "fra.txt"))


@pytest.mark.parametrize(
    ("extract", "message"),
    [
        ({"kind": "xml"}, "expected one of json, table, lines, chat"),
        ({"kind": "json", "turns": "a"}, "text"),
        ({"kind": "lines", "delimiter": ","}, "delimiter"),
    ],
)
def test_settings_that_do_not_fit_are_refused(extract: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_settings(**extract)
