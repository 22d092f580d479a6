"""What operators do with trackers from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from shared.errors import BadRequestError, ConflictError, UnknownThingError

if TYPE_CHECKING:
    from tests.admin_console.commands.conftest import Shell
    from tests.shared.web.in_memory import Installation


def add(shell: Shell, *words: str) -> str:
    [made] = shell.run("tracker", "add", "--name", "Jira", *words)
    return made


def test_tracker_is_added_with_all_that_can_be_said(shell: Shell) -> None:
    made = add(
        shell, "--id", "jira", "--kind", "jira", "--url", "https://jira.example.com",
        "--grammars", "jira,number", "--projects", "pay, ops", "--number-range", "1-500",
        "--number-since", "2026-01-01T00:00:00Z", "--alias", "old=PAY", "--tags",
        "--no-description", "--origins", "https://jira.example.com",
    )  # fmt: skip

    shown = msgspec.json.decode("\n".join(shell.run("tracker", "show", made)))
    assert made == "jira"
    assert shown["projects"] == ["PAY", "OPS"]
    assert shown["grammars"] == ["jira", "number"]
    assert shown["sources"] == {"description": False, "tags": True, "inherit": False}
    assert (shown["number_range"], shown["aliases"]) == ([1, 500], {"OLD": "PAY"})
    assert shown["number_since"] == "2026-01-01T00:00:00Z"
    assert shown["origins"] == ["https://jira.example.com"]
    assert "table_id" not in shown
    assert shell.run("tracker", "list")[-1] == "jira  jira  jira,number  PAY,OPS  Jira"
    assert shell.noted() == ["tracker_added"]


def test_only_what_is_named_is_changed(shell: Shell) -> None:
    made = add(shell, "--projects", "PAY", "--alias", "OLD=PAY", "--tags")

    shell.run("tracker", "change", made, "--alias", "OLD=", "--alias", "OLDER=PAY", "--name", "J")

    shown = msgspec.json.decode("\n".join(shell.run("tracker", "show", made)))
    assert (shown["name"], shown["projects"]) == ("J", ["PAY"])
    assert shown["aliases"] == {"OLDER": "PAY"}
    assert shown["sources"]["tags"] is True


def test_projects_are_learned_again_once_they_are_taken_out(shell: Shell) -> None:
    made = add(shell, "--projects", "PAY", "--number-range", "1-5")

    shell.run("tracker", "change", made, "--projects", "", "--number-range", "none")

    shown = msgspec.json.decode("\n".join(shell.run("tracker", "show", made)))
    assert (shown["projects"], shown["number_range"]) == ([], None)


def test_texts_are_tried_by_rules_that_are_not_kept(shell: Shell) -> None:
    words = ("tracker", "try", "--projects", "PAY", "default")

    named = shell.run(*words, "PAY-1 Start", "OPS-2 Stop")
    typed = shell.run(*words, typed="PAY-7 One\nNothing\n")

    assert named[0] == "PAY-1  PAY-1 Start"
    assert named[1] == "no key  (not OPS-2)  OPS-2 Stop"
    assert typed == ["PAY-7  PAY-7 One", "no key  Nothing"]
    assert shell.noted() == []


def test_prefixes_and_what_other_rules_would_change_are_told(shell: Shell, contoso: str) -> None:
    [prefix] = shell.run("tracker", "prefixes", "default")
    told = shell.run("tracker", "preview", "default", "--projects", "OPS")

    assert prefix.split("  ")[0] == "PAY"
    assert prefix.endswith("  2 mentions, 1 numbers, 2 repositories")
    assert told[0] == "0 links would come, 2 would go"
    assert "  PAY: +0 -2" in told
    assert shell.noted() == []


def test_tracker_is_removed_unless_an_integration_feeds_it(shell: Shell, contoso: str) -> None:
    made = add(shell)

    assert shell.run("tracker", "remove", made) == [f"{made} is gone"]
    with pytest.raises(ConflictError):
        shell.run("tracker", "remove", "default")
    assert shell.noted() == ["tracker_added", "tracker_removed"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--projects", "not a project"), "projects"),
        (("--grammars", "perl"), "grammars[0]"),
        (("--number-range", "many"), "number_range"),
        (("--alias", "OLD"), "alias"),
        (("--number-since", "soon"), "number_since"),
        (("--id", "Ä"), "id"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    shell: Shell, installation: Installation, words: tuple[str, ...], field: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        add(shell, *words)

    assert field in refused.value.fields
    assert len(installation.call("GET", "trackers").json["trackers"]) == 1


@pytest.mark.parametrize("name", ["show", "change", "remove", "try", "prefixes", "preview"])
def test_tracker_that_there_is_not_is_refused(shell: Shell, name: str) -> None:
    with pytest.raises(UnknownThingError):
        shell.run("tracker", name, "nothing")
