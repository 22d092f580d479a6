from __future__ import annotations

import pytest

from shared.issue_keys import Form, Rules, Source, attached_work_item, find

SHOP = "https://dev.azure.com/acme/shop/_workitems/edit/17"


def work_items(text: str) -> list[tuple[str, int]]:
    return [(c.form.name, c.number) for c in find(text).candidates if c.project == "AB"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AB#17", [("WORK_ITEM", 17)]),
        ("Fixes AB#17, AB#18 and AB#19.", [("WORK_ITEM", n) for n in (17, 18, 19)]),
        ("AB# 17", [("WORK_ITEM", 17)]),
        ("修正AB#17", [("WORK_ITEM", 17)]),
        ("(AB#17)", [("WORK_ITEM", 17)]),
        ("xAB#17", []),
        ("éAB#17", []),
        ("_AB#17", []),
        ("AB#0", []),
        ("AB#017", []),
        ("AB#17x", []),
        ("AB#12345678901", []),
        ("ab#17", []),
        ("AB #17", []),
    ],
)
def test_work_item_is_marked_with_ab(text: str, found: list[tuple[str, int]]) -> None:
    assert work_items(text) == found


def test_related_work_items_of_a_completed_pull_request_are_found_wherever_they_stand() -> None:
    message = "Merged PR 45: Round up\n\n" + "Text. " * 100 + "\n\nRelated work items: #12, #13,#14"

    assert work_items(message) == [("RELATED", 12), ("RELATED", 13), ("RELATED", 14)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Related work item: #12", [12]),
        ("related work items: #12 #13", [12, 13]),
        ("Related work items: #12, #12, #13", [12, 13]),
        ("Related work items: none, see #12", []),
        ("Related work items:", []),
        ("Related work items: #0", []),
    ],
)
def test_list_of_related_work_items_ends_where_it_ends(text: str, found: list[int]) -> None:
    assert [number for _, number in work_items(text)] == found


def test_number_in_the_list_of_related_work_items_is_no_plain_number() -> None:
    found = find("Related work items: #12, #12, #13\n\nSee #14").candidates

    assert [(c.form, c.number) for c in found] == [
        (Form.RELATED, 12),
        (Form.RELATED, 13),
        (Form.NUMBER, 14),
    ]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (SHOP, "dev.azure.com/acme/shop"),
        ("https://ACME.visualstudio.com/shop/_workitems/edit/17/", "acme.visualstudio.com/shop"),
        ("https://me@dev.azure.com/acme/_workitems/edit/17?a=1", "dev.azure.com/acme"),
        ("https://tfs.example/tfs/Main/_workitems/edit/17)", "tfs.example/tfs/main"),
        ("/_workitems/edit/17 and https://x", ""),
    ],
)
def test_url_of_a_work_item_keeps_whose_it_is(url: str, origin: str) -> None:
    (found,) = find(f"[Bug]({url})").candidates

    assert (found.form, found.number, found.origin) == (Form.WORK_ITEM_URL, 17, origin)


@pytest.mark.parametrize(
    "url", ["http://localhost", "https://dev.azure.com/acme/_workitems/edit/x"]
)
def test_other_urls_are_no_work_items(url: str) -> None:
    assert work_items(url + " 17") == []


@pytest.mark.parametrize(
    ("closes", "text"), [(True, f"Fixes {SHOP}"), (True, "fixes: AB#17"), (False, "See AB#17")]
)
def test_closing_word_counts_for_the_work_item_that_follows_it(text: str, *, closes: bool) -> None:
    assert [candidate.closes for candidate in find(text).candidates] == [closes]


@pytest.mark.parametrize(
    ("tracker_url", "organization", "accepted"),
    [
        ("", "", True),
        ("", "other", True),
        ("https://dev.azure.com/acme", "", True),
        ("https://dev.azure.com/Acme/", "ACME", True),
        ("https://acme.visualstudio.com", "acme", True),
        ("https://dev.azure.com/acme", "other", False),
        ("https://tfs.example/tfs/Acme", "acme", True),
        ("https://tfs.example/tfs/Main", "acme", False),
    ],
)
@pytest.mark.parametrize("text", ["AB#17", "Related work items: #17", "attached"])
def test_work_item_is_of_the_repository_s_organization(
    text: str, tracker_url: str, organization: str, *, accepted: bool
) -> None:
    rules = Rules(kind="azure_boards", grammars=("azure_boards",), url=tracker_url)
    reading = rules.for_repository("shop", organization=organization)
    candidates = [attached_work_item(17)] if text == "attached" else find(text).candidates

    keys = reading.accept(candidates).keys

    assert [str(key) for key in keys] == (["AB#17"] if accepted else [])


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        (SHOP, True),
        ("https://acme.visualstudio.com/shop/_workitems/edit/17", True),
        ("https://dev.azure.com/other/shop/_workitems/edit/17", False),
        ("https://dev.azure.com/acme-too/shop/_workitems/edit/17", False),
        ("https://tfs.example/acme/_workitems/edit/17", False),
    ],
)
def test_url_of_another_organization_s_work_item_is_not_accepted(
    url: str, *, accepted: bool
) -> None:
    reading = Rules(url="https://dev.azure.com/acme").for_repository("shop", organization="acme")

    outcome = reading.read(url)

    assert [str(key) for key in outcome.keys] == (["AB#17"] if accepted else [])
    assert len(outcome.candidates) == 1


def test_address_of_a_server_s_collection_decides_as_an_organization_does() -> None:
    rules = Rules(kind="azure_boards", url="https://tfs.example/tfs/Main")
    reading = rules.for_repository("shop", organization="Main")

    outcome = reading.read(
        "https://tfs.example/tfs/Main/shop/_workitems/edit/1"
        " https://tfs.example/tfs/Other/shop/_workitems/edit/2"
    )

    assert [str(key) for key in outcome.keys] == ["AB#1"]


def test_address_of_a_jira_says_nothing_about_work_items() -> None:
    reading = Rules(kind="jira", url="https://acme.example/jira").for_repository("shop")

    assert [str(key) for key in reading.read(f"AB#16 {SHOP}").keys] == ["AB#16", "AB#17"]


def test_attached_work_item_is_evidence_of_its_own_source() -> None:
    outcome = Rules().for_repository("shop").accept([attached_work_item(17)])

    ((key, evidence),) = outcome.keys.items()
    assert str(key) == "AB#17"
    assert [(e.source, e.text) for e in evidence] == [(Source.WORK_ITEM, "AB#17")]
