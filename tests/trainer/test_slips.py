"""Words that are slips of other words are told by how often they are seen."""

from training.slips import find_slips

KNOWN = {"the": 0.05, "definitely": 1e-4, "receive": 1e-4, "talking": 1e-4, "lot": 1e-3, "all": 1e-3}


def test_slips_are_found_and_words_are_not() -> None:
    unknown = {"teh": 1e-5, "definately": 1e-6, "lol": 1e-4, "talkin": 1e-6, "kubectl": 1e-6, "ab": 1e-9}
    assert find_slips(unknown, KNOWN) == {"teh", "definately"}


def test_what_is_seen_too_often_for_a_slip_is_a_word() -> None:
    assert find_slips({"teh": 1e-2}, KNOWN) == set()


def test_nothing_known_explains_nothing() -> None:
    assert find_slips({"teh": 1e-5}, {}) == set()
