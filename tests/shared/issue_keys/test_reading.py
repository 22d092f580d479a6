from __future__ import annotations

from shared.issue_keys import MOST_KEYS, Evidence, IssueKey, Rules, Source, find, pack, unpack

PAY = Rules(projects=("PAY",)).for_repository("shop")


def test_keys_come_in_order_of_first_appearance() -> None:
    outcome = Rules().for_repository("shop").read("AB#9, B-1 BB-2, PAY_3 AAA-1; BB-2, AB#9")

    assert [str(key) for key in outcome.keys] == ["AB#9", "BB-2", "AAA-1"]


def test_evidence_says_where_and_how_a_key_is_written() -> None:
    candidates = [
        *find("Fixes PAY-142: Round up", source=Source.TITLE).candidates,
        *find("me/pay-142-round-up", source=Source.SOURCE_BRANCH).candidates,
        *find("https://tracker.example/browse/PAY-142", source=Source.DESCRIPTION).candidates,
    ]

    outcome = PAY.accept(candidates)

    assert outcome.keys == {
        IssueKey("PAY", 142): (
            Evidence(Source.TITLE, "PAY-142", closes=True),
            Evidence(Source.SOURCE_BRANCH, "pay-142"),
            Evidence(Source.ISSUE_URL, "https://tracker.example/browse/PAY-142"),
        )
    }


def test_same_evidence_is_kept_once() -> None:
    candidates = find("PAY-142").candidates

    outcome = PAY.accept([*candidates, *candidates])

    assert outcome.keys == {IssueKey("PAY", 142): (Evidence(Source.MESSAGE, "PAY-142"),)}


def test_candidates_that_are_not_accepted_are_kept() -> None:
    outcome = PAY.read("PAY-142 and OTHER-1, #17")

    assert [candidate.text for candidate in outcome.candidates] == ["PAY-142", "OTHER-1", "#17"]
    assert [candidate.text for candidate in outcome.not_accepted] == ["OTHER-1", "#17"]


def test_source_that_is_left_out_gives_no_key_not_even_by_url() -> None:
    reading = Rules(left_out=(Source.DESCRIPTION,)).for_repository("shop")

    outcome = reading.read("PAY-1 https://x.example/browse/PAY-2", source=Source.DESCRIPTION)

    assert outcome.keys == {}
    assert len(outcome.not_accepted) == 2


def test_tags_are_left_out_unless_asked_for() -> None:
    tag = find("v1-PAY-142", source=Source.TAG).candidates

    assert not Rules().for_repository("shop").accept(tag).keys
    assert Rules(left_out=()).for_repository("shop").accept(tag).keys


def test_thousand_keys_are_accepted_and_the_cut_is_said() -> None:
    message = " ".join(f"PAY-{number}" for number in range(1, 10_001))

    outcome = PAY.read(message)

    assert list(outcome.keys) == [IssueKey("PAY", number) for number in range(1, MOST_KEYS + 1)]
    assert outcome.is_cut


def test_exactly_a_thousand_keys_are_not_cut() -> None:
    message = " ".join(f"PAY-{number}" for number in range(1, MOST_KEYS + 1))

    outcome = PAY.read(message + " PAY-1 OTHER-1")

    assert len(outcome.keys) == MOST_KEYS
    assert not outcome.is_cut


def test_candidates_that_were_cut_are_said_too() -> None:
    outcome = PAY.read(" ".join(f"OTHER-{number}" for number in range(1, 10_001)))

    assert outcome.keys == {}
    assert outcome.is_cut


def test_new_rules_are_applied_to_what_is_stored_as_to_the_text_itself() -> None:
    message = "Fixes pay-142, SHOP-3/4\n\nSHOP_5 and #17, https://x.example/browse/NEW-6"
    stored = pack(find(message).candidates)
    rules = (
        Rules(),
        Rules(projects=("PAY",)),
        Rules(projects=("SHOP", "NEW"), url="https://y.example"),
        Rules(grammars=("number",)),
    )

    for reading in (one.for_repository("shop") for one in rules):
        assert reading.accept(unpack(stored)) == reading.read(message)
        assert reading.accept(unpack(stored)).keys
