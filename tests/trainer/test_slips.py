"""Words that are slips of other words are told by how often they are seen."""

from training.slips import Explanations, find_slips

KNOWN = {
    "the": 0.05,
    "definitely": 1e-4,
    "receive": 1e-4,
    "talking": 1e-4,
    "lot": 1e-3,
    "all": 1e-3,
    "have": 1e-2,
    "game": 1e-4,
    "gamer": 1e-6,
    "cars": 1e-4,
    "port": 1e-5,
    "carport": 1e-6,
    "beginning": 1e-4,
    "begin": 1e-4,
    "ing": 1e-6,
}
EXPLANATIONS = Explanations(KNOWN)


def test_slips_are_found_and_words_are_not() -> None:
    unknown = {"teh": 1e-5, "definately": 1e-6, "lol": 1e-4, "talkin": 1e-6, "kubectl": 1e-6, "ab": 1e-9}
    assert find_slips(unknown, EXPLANATIONS) == {"teh", "definately"}


def test_what_is_seen_too_often_for_a_slip_is_a_word() -> None:
    assert find_slips({"teh": 1e-2}, EXPLANATIONS) == set()


def test_what_may_be_meant_is_spared() -> None:
    """Letters left out, a word made of another or of two, an apostrophe: each is rare enough, and like a known word."""
    meant = {"hav": 1e-7, "gamers": 1e-8, "carsport": 1e-9, "talkin": 1e-9, "talk'ign": 1e-9}
    assert find_slips(meant, EXPLANATIONS) == set()
    assert find_slips({"hvae": 1e-7, "begining": 1e-7, "recieve": 1e-7}, EXPLANATIONS) == {
        "hvae",
        "begining",
        "recieve",
    }


def test_the_likeliest_word_is_told_with_its_share() -> None:
    found = EXPLANATIONS.likeliest("teh", 9.0)
    assert found is not None
    assert (found.key, found.frequency) == ("the", 0.05)
    assert found.share > 0.99
    assert EXPLANATIONS.likeliest("zzzzzz", 9.0) is None
