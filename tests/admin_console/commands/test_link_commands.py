"""What operators look up of links from a shell, and what they say by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import BadIssueKeyError, BadRequestError, UnknownThingError

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.admin_console.commands.conftest import Shell


@pytest.fixture
def cart(sample: SampleOrganization) -> str:
    """Return the id of a repository with a linked commit and others; nothing is indexed yet."""
    sample.push("cart", "main", "See SHA-1 \x1b[31m", "Names nothing")
    return str(sample.repository("cart").id)


def told(shell: Shell, *words: str) -> dict[str, str]:
    """Return what is told of commits, by title."""
    lines = [line.split("  ") for line in shell.run("commits", *words)]
    return {line[-1]: line[2] for line in lines}


def test_commits_are_told_with_their_issues_or_why_there_is_none(
    shell: Shell, cart: str, contoso: str
) -> None:
    every = told(shell, contoso, cart)

    assert every == {
        "PAY-1 Start": "PAY-1",
        "See SHA-1 [31m": "no key (SHA-1 is the name of a standard or the like: SHA)",
        "Names nothing": "no key",
    }
    assert told(shell, contoso, cart, "--linked").keys() == {"PAY-1 Start"}
    assert told(shell, contoso, cart, "--unlinked").keys() == every.keys() - {"PAY-1 Start"}
    assert shell.noted() == []


def test_id_of_each_line_is_what_attach_and_detach_take(
    shell: Shell, cart: str, contoso: str
) -> None:
    lines = shell.run("commits", contoso, cart, "--unlinked")
    [commit] = [line.split()[0] for line in lines if line.endswith("Names nothing")]

    said = shell.run("attach", "PAY-7", cart.upper(), commit.upper())
    attached = told(shell, contoso, cart)["Names nothing"]
    shell.run("detach", "PAY-7", cart, commit)
    detached = told(shell, contoso, cart)["Names nothing"]

    assert said == ["It is attached to PAY-7"]
    assert attached == "PAY-7"
    assert detached == "no key (PAY-7 was detached by hand)"
    assert shell.noted() == ["link_attached", "link_detached"]


def test_line_stays_a_line_however_much_a_commit_names(
    shell: Shell, sample: SampleOrganization, cart: str, contoso: str
) -> None:
    sample.push("cart", "main", "Notes\n" + " ".join(f"SHA-{n}" for n in range(1001, 1301)))
    shell.run("reindex", contoso)
    shell.installation.work()

    [told_of] = [text for title, text in told(shell, contoso, cart).items() if title == "Notes"]

    assert told_of.startswith("no key (SHA-1001 is the name of a standard")
    assert told_of.endswith("; and 295 more)")


def test_branches_are_attached_as_well(shell: Shell, cart: str, contoso: str) -> None:
    shell.run("attach", "PAY-7", cart, "main", "--kind", "branch")

    [line] = shell.run("links", "PAY-7")
    assert line.split() == ["branch", "cart", "main"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("nonsense", "{}", "main", "--kind", "branch"), BadIssueKeyError),
        (("PAY-1", "{}", "abc"), BadRequestError),
        (("PAY-1", "{}", "0" * 40), UnknownThingError),
        (("PAY-1", "nothing", "main", "--kind", "branch"), UnknownThingError),
        (("PAY-1", "{}", "main", "--kind", "branch", "--tracker", "other"), UnknownThingError),
    ],
)
@pytest.mark.parametrize("what", ["attach", "detach"])
def test_what_cannot_be_meant_is_refused_and_nothing_is_noted(
    shell: Shell, cart: str, contoso: str, what: str, words: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        shell.run(what, *(word.format(cart) for word in words))

    assert shell.noted() == []


def test_commits_of_what_is_not_indexed_are_refused(shell: Shell, cart: str, contoso: str) -> None:
    for words in (("nothing", cart), (contoso, "nothing"), (contoso, cart, "--tracker", "other")):
        with pytest.raises(UnknownThingError):
            shell.run("commits", *words)
