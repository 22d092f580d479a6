"""What operators do about what is indexed from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import BadRequestError

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.admin_console.commands.conftest import Shell
    from tests.shared.web.in_memory import Installation


def names(lines: list[str]) -> list[str]:
    return sorted(line.split()[-1] for line in lines)


def test_repositories_are_listed_with_their_states(
    shell: Shell, contoso: str, sample: SampleOrganization
) -> None:
    lines = shell.run("integration", "repositories", contoso)

    assert names(lines) == ["contoso/Shop/cart", "contoso/Shop/shop"]
    [shop] = [line for line in lines if line.endswith("/shop")]
    assert shop.split()[:5] == [sample.repository("shop").id, "idle", "1", "1", "0"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--search", "car"), ["contoso/Shop/cart"]),
        (("--search", "nothing"), []),
        (("--state", "idle"), ["contoso/Shop/cart", "contoso/Shop/shop"]),
        (("--state", "failed"), []),
    ],
)
def test_repositories_are_searched(
    shell: Shell, contoso: str, words: tuple[str, ...], found: list[str]
) -> None:
    assert names(shell.run("integration", "repositories", contoso, *words)) == found


def test_selection_is_tried_and_not_kept(
    shell: Shell, contoso: str, installation: Installation
) -> None:
    lines = shell.run("integration", "preview", contoso, "--filter", "[?name=='shop']")

    assert lines == [
        "1 of 2 repositories are kept: 0 come, 1 go",
        "- filter            contoso/Shop/cart",
        "  kept              contoso/Shop/shop",
    ]
    assert installation.integration(contoso).repositories.jmespath == ""


def test_mistake_in_a_filter_is_told(shell: Shell, contoso: str) -> None:
    with pytest.raises(BadRequestError):
        shell.run("integration", "preview", contoso, "--filter", "[?")


def test_reindex_is_noted_and_can_be_cancelled(shell: Shell, contoso: str) -> None:
    [begun] = shell.run("reindex", contoso, "--since", "2026-01-01")
    cancelled = shell.run("integration", "cancel", contoso)

    assert begun.endswith("  2 repositories")
    assert cancelled == ["What is being indexed of Contoso is stopped"]
    assert shell.noted() == ["reindex_cancelled", "reindex_started"]


def test_time_that_cannot_be_read_is_refused(shell: Shell, contoso: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        shell.run("reindex", contoso, "--since", "yesterday")

    assert list(refused.value.fields) == ["since"]
