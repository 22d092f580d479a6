from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.integrations.token_pages import TOKEN_PAGES, token_page

if TYPE_CHECKING:
    from shared.model import GitHostKind

ACME = "https://dev.azure.com/acme/_usersSettings/tokens"


@pytest.mark.parametrize(
    ("git_host", "url", "page"),
    [
        ("azure_devops", "https://dev.azure.com/acme", ACME),
        ("azure_devops", " dev.azure.com/acme/Shop/_git/web ", ACME),
        ("azure_devops", "https://acme.visualstudio.com/DefaultCollection", ACME),
        ("azure_devops", "https://secret@dev.azure.com/acme", ACME),
        ("azure_devops", "https://dev.azure.com", ""),
        ("azure_devops", "", ""),
        ("azure_devops", "javascript:alert(1)//acme", ""),
        ("azure_devops", "javascript://x/acme", ""),
        ("azure_devops", "https://[::1/acme", ""),
        (
            "azure_devops",
            """https://dev.azure.com/a"onclick=x""",
            "https://dev.azure.com/a%22onclick%3Dx/_usersSettings/tokens",
        ),
        (
            "azure_devops",
            "http://localhost:8080/contoso",
            "http://localhost:8080/contoso/_usersSettings/tokens",
        ),
        (
            "azure_devops_server",
            "https://tfs.example.com/tfs/Main/Shop",
            "https://tfs.example.com/tfs/Main/_usersSettings/tokens",
        ),
        (
            "azure_devops_server",
            "https://ado.example.com:8443/Main",
            "https://ado.example.com:8443/Main/_usersSettings/tokens",
        ),
        ("azure_devops_server", "https://tfs.example.com/tfs", ""),
        (
            "git",
            "https://github.com/acme/shop.git",
            "https://github.com/settings/personal-access-tokens/new",
        ),
        (
            "git",
            "https://gitlab.com/acme/shop.git",
            "https://gitlab.com/-/user_settings/personal_access_tokens",
        ),
        ("git", "https://git.example.com/acme/shop.git", ""),
    ],
)
def test_page_for_a_token_follows_from_the_address(
    git_host: GitHostKind, url: str, page: str
) -> None:
    assert token_page(git_host, url) == page


def test_every_git_host_tells_its_steps_and_both_grades_of_access() -> None:
    assert len({page.id for page in TOKEN_PAGES}) == len(TOKEN_PAGES) == 10
    assert all(page.steps and page.reading and page.writing for page in TOKEN_PAGES)
    assert all(page.help_url.startswith("https://") for page in TOKEN_PAGES)


@pytest.mark.parametrize("page", TOKEN_PAGES, ids=lambda page: page.id)
def test_what_is_shown_once_is_said_to_be_copied_now(page: object) -> None:
    told = repr(page)

    assert "Copy it now" in told or "public key" in told


@pytest.mark.parametrize("identity", ["azure_devops", "vsts"])
def test_end_of_tokens_for_all_organizations_is_told(identity: str) -> None:
    [page] = [page for page in TOKEN_PAGES if page.id == identity]

    assert any("1 December 2026" in note for note in page.notes)
