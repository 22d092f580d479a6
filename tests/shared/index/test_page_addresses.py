"""What an address that somebody copied from a git host's page is of."""

from __future__ import annotations

import pytest

from shared.index.page_addresses import item_at
from shared.links import address_of
from shared.model import Kind, PageAddresses, ProjectId, Repository, RepositoryId
from tests.making import sha

AZURE = "https://dev.azure.com/contoso/Web%20Shop/_git/shop"
GITHUB = "https://github.com/contoso/shop"
CODE_COMMIT = "https://eu-central-1.console.aws.amazon.com/codesuite/codecommit/repositories/shop"


def repository(url: str, **pages: str) -> Repository:
    return Repository(
        id=RepositoryId(url),
        name="shop",
        project_id=ProjectId("p"),
        project="Web Shop",
        organization="contoso",
        url=url,
        pages=PageAddresses(**pages),
    )


REPOSITORIES = [
    repository("https://example.com/plain.git"),
    repository(
        f"{AZURE}-fork", commit=f"{AZURE}-fork/commit/{{}}", branch=f"{AZURE}-fork?version=GB{{}}"
    ),
    repository(
        AZURE,
        commit=f"{AZURE}/commit/{{}}",
        branch=f"{AZURE}?version=GB{{}}",
        pull_request=f"{AZURE}/pullrequest/{{}}",
    ),
    repository(GITHUB, commit=f"{GITHUB}/commit/{{}}", branch=f"{GITHUB}/tree/{{}}"),
    repository(CODE_COMMIT, commit=f"{CODE_COMMIT}/commit/{{}}?region=eu-central-1"),
]


@pytest.mark.parametrize(
    ("address", "url", "kind", "item_id"),
    [
        (f"{AZURE}/commit/{sha(1)}", AZURE, "commit", sha(1)),
        (f" {AZURE}/commit/{sha(1)}?refName=refs%2Fheads%2Fmain\n", AZURE, "commit", sha(1)),
        (f"{AZURE}/pullrequest/7?_a=files", AZURE, "pull_request", "7"),
        (f"{AZURE}/pullRequest/7/", AZURE, "pull_request", "7"),
        (f"{AZURE}?version=GBfeature%2Fa%26b", AZURE, "branch", "feature/a&b"),
        (f"{AZURE}?version=GBfeature/PAY-1&path=/x", AZURE, "branch", "feature/PAY-1"),
        (f"{AZURE.replace('%20', ' ').upper()}?version=GBmünchen", AZURE, "branch", "münchen"),
        (f"{AZURE}-fork/commit/{sha(2)}", f"{AZURE}-fork", "commit", sha(2)),
        (f"{GITHUB}/tree/feature/x?tab=readme#top", GITHUB, "branch", "feature/x"),
        (f"{CODE_COMMIT}/commit/{sha(3)}?region=eu-west-1", CODE_COMMIT, "commit", sha(3)),
    ],
)
def test_address_is_understood_as_browsers_show_it(
    address: str, url: str, kind: Kind, item_id: str
) -> None:
    found = item_at(address, REPOSITORIES)

    assert found is not None
    assert (found[0].url, *found[1:]) == (url, kind, item_id)


@pytest.mark.parametrize(
    "address",
    ["", "PAY-1", "https://example.com", AZURE, f"{AZURE}/commit/", f"{GITHUB}/pull/7",
     f"https://evil.example/?{AZURE}/commit/{sha(1)}"],
)  # fmt: skip
def test_address_of_no_such_page_is_of_nothing(address: str) -> None:
    assert item_at(address, REPOSITORIES) is None


@pytest.mark.parametrize(
    ("kind", "item_id"),
    [("commit", sha(1)), ("pull_request", "12"), ("branch", "a b/#1?&%25ä")],
)
def test_every_address_that_links_have_is_understood(kind: Kind, item_id: str) -> None:
    [azure] = [one for one in REPOSITORIES if one.url == AZURE]

    assert item_at(address_of(kind, item_id, azure), REPOSITORIES) == (azure, kind, item_id)
