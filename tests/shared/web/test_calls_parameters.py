from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.web.routes import Route

if TYPE_CHECKING:
    from shared.web.calls import Call
    from tests.shared.web.in_memory import Installation


def take_number(call: Call) -> object:
    return {"number": call.number("n", default=50, most=200)}


def choose(call: Call) -> object:
    return {"chosen": call.choices("kinds", ("branch", "pull_request", "commit"))}


TAKE_NUMBER = Route("GET", "probe", take_number, None, "Takes a number.")


CHOOSE = Route("GET", "probe", choose, None, "Takes choices.")


@pytest.mark.parametrize(("query", "number"), [("", 50), ("n=", 50), ("n=1", 1), ("n=200", 200)])
def test_number_within_bounds_is_taken(installation: Installation, query: str, number: int) -> None:
    assert installation.ask(TAKE_NUMBER, query=query).json == {"number": number}


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "201",
        "-1",
        "%2B5",
        "1.0",
        "1e2",
        "0x10",
        "%205",
        "5%20",
        "1,2",
        "x",
        "%D9%A3",
        "%C2%B2",
        "9" * 5000,
        "000000005000",
        "000000001" + "0" * 5000,
        "null",
        "[]",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_number_within_bounds_is_refused_by_its_name(
    installation: Installation, text: str
) -> None:
    assert installation.ask(TAKE_NUMBER, query=f"n={text}").fields == {
        "n": "a whole number from 1 to 200"
    }


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("", ["branch", "pull_request", "commit"]),
        ("kinds=commit", ["commit"]),
        ("kinds=commit,branch", ["branch", "commit"]),
        ("kinds=commit&kinds=branch", ["branch", "commit"]),
        ("kinds=commit,commit", ["commit"]),
    ],
)
def test_choices_are_taken_in_one_order(
    installation: Installation, query: str, chosen: list[str]
) -> None:
    assert installation.ask(CHOOSE, query=query).json == {"chosen": chosen}


@pytest.mark.parametrize("kinds", ["x", "Commit", "commit,", ",", "commit%20", "commit;branch"])
def test_choice_that_there_is_not_is_refused_with_those_that_there_are(
    installation: Installation, kinds: str
) -> None:
    fields = installation.ask(CHOOSE, query=f"kinds={kinds}").fields

    assert "branch, pull_request, commit" in fields["kinds"]


def test_choice_that_there_is_not_is_repeated_only_in_part(installation: Installation) -> None:
    answered = installation.ask(CHOOSE, query="kinds=" + "x" * 50_000)

    assert len(answered.body) < 500
