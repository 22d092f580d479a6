from __future__ import annotations

import pytest

from shared.issue_keys import Learned, Rules, Source

LEARNED = Learned(own=("PAY", "SHOP"), most_used=("PAY",), misspelt=("PYA",))


def listed(text: str, *projects: str, source: Source = Source.MESSAGE) -> list[str]:
    reading = Rules(projects=projects).for_repository("shop")
    return [str(key) for key in reading.read(text, source=source).keys]


def unlisted(text: str, *, learned: Learned = LEARNED) -> list[str]:
    reading = Rules().with_learned({"shop": learned}).for_repository("shop")
    return [str(key) for key in reading.read(text).keys]


@pytest.mark.parametrize(
    "text",
    [
        "PAY-142",
        "pay-142",
        "Pay-142",
        "PAY-00142",
        "PAY-142Fix",
        "PAY-142b",
        "pay-142v2",
        "PAY-142.2",
        "FEATURE_PAY-142",
        "MY_FEATURE_PAY-142",
        "feature_pay-142",
        "doc_PAY-142",
        "PAY 142 Round up",
        "PAY_142 Round up",
        "PAY142 Round up",
        "[PAY- 142] Round up",
        "Pay 142 Round up",
        "FEATURE_PAY142",
        "Merge branch 'pay142'",
        "https://tracker.example/browse/PAY-142",
        "https://tracker.example/browse/pay-142",
        "修正PAY-142",
    ],
)
def test_listed_project_counts_however_it_is_written(text: str) -> None:
    assert listed(text, "PAY", "OTHER") == ["PAY-142"]


@pytest.mark.parametrize(
    "text",
    [
        "OTHER-142",
        "XPAY-142",
        "PAY_X-142",
        "PAYS-142",
        "other-142",
        "OTHER 142 Round up",
        "PAY-7.2",
        "pay-99",
        "PAY-0",
        "UTF-8",
        "use PAY 142 here",
    ],
)
def test_only_listed_projects_count_where_there_is_a_list(text: str) -> None:
    assert listed(text, "PAY") == []


def test_list_is_read_in_any_case() -> None:
    assert listed("PAY-142", "pay") == ["PAY-142"]


@pytest.mark.parametrize("project", ["UTF", "CVSS", "KIP", "X", "AS7", "EJB_SPEC"])
def test_list_outranks_the_stop_list(project: str) -> None:
    assert listed(f"{project}-142", project) == [f"{project}-142"]


@pytest.mark.parametrize(
    ("projects", "key"),
    [
        (("AS7",), "AS7-2200"),
        (("AS",), "AS-72200"),
        (("AS", "AS7"), "AS-72200"),
        (("AS72",), "AS72-200"),
    ],
)
def test_glued_key_is_split_where_a_listed_project_ends(
    projects: tuple[str, ...], key: str
) -> None:
    assert listed("AS72200 Ability to edit", *projects) == [key]


def test_glued_key_is_not_split_before_a_zero() -> None:
    assert listed("PAY1042", "PAY1") == []


def test_longest_listed_project_after_an_underscore_wins() -> None:
    assert listed("FEATURE_EJB_SPEC-3", "SPEC", "EJB_SPEC") == ["EJB_SPEC-3"]


def test_list_of_numbers_belongs_to_its_project() -> None:
    assert listed("PAY-142/143, SHOP-8/9", "PAY") == ["PAY-142", "PAY-143"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("NEW-1", ["NEW-1"]),
        ("EJB_SPEC-3", ["EJB_SPEC-3"]),
        ("FEATURE_PAY-142", ["PAY-142"]),
        ("https://tracker.example/browse/NEW-1", ["NEW-1"]),
        ("pay-142", ["PAY-142"]),
        ("shop-142", ["SHOP-142"]),
        ("PAY142 Round up", ["PAY-142"]),
        ("PAY-142/143", ["PAY-142", "PAY-143"]),
        ("SHOP-142/143", ["SHOP-142"]),
    ],
)
def test_without_a_list_any_project_counts_that_nothing_speaks_against(
    text: str, keys: list[str]
) -> None:
    assert unlisted(text) == keys


@pytest.mark.parametrize(
    "text",
    [
        "UTF-8",
        "SHA-256",
        "KIP-500",
        "PEP-8",
        "RFC-2616",
        "COVID-19",
        "X-12",
        "T1-12",
        "SASL_SSL-6",
        "AB-17",
        "PYA-142",
        "ORA-08177",
        "new-142",
        "NEW-142b",
        "NEW-142.2",
        "NEW 142 Round up",
        "SHOP142 Round up",
    ],
)
def test_without_a_list_standards_slips_and_loose_words_do_not_count(text: str) -> None:
    assert unlisted(text) == []


def test_without_a_list_and_before_anything_is_learned_upper_case_counts() -> None:
    assert unlisted("PAY-142 pay-143 UTF-8", learned=Learned()) == ["PAY-142"]


@pytest.mark.parametrize(
    ("kind", "url", "hosts", "accepted"),
    [
        ("jira", "", (), True),
        ("jira", "https://tracker.example/jira", (), True),
        ("jira", "https://TRACKER.example", (), True),
        ("jira", "https://other.example", (), False),
        ("jira", "https://other.example", ("tracker.example",), True),
        ("azure_boards", "https://other.example/Main", (), True),
        ("other", "https://dev.azure.com/acme", (), True),
    ],
)
def test_page_of_an_issue_counts_when_it_is_the_tracker_s(
    kind: str, url: str, hosts: tuple[str, ...], *, accepted: bool
) -> None:
    rules = Rules(kind=kind, url=url, projects=("PAY",))
    reading = rules.with_learned({"shop": Learned(hosts=hosts)}).for_repository("shop")

    assert len(reading.read("https://tracker.example/jira/browse/PAY-7").keys) == accepted
