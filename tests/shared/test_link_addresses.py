from __future__ import annotations

import pytest

from shared.links import address_of
from shared.model import Kind, PageAddresses, ProjectId, Repository, RepositoryId

PAGE = "https://dev.azure.com/contoso/Web%20shop/_git/shop"
SHOP = Repository(
    RepositoryId("r"),
    "shop",
    ProjectId("p"),
    "Web shop",
    "contoso",
    PAGE,
    pages=PageAddresses(
        f"{PAGE}/commit/{{}}", f"{PAGE}?version=GB{{}}", f"{PAGE}/pullrequest/{{}}"
    ),
)
BARE = Repository(RepositoryId("r"), "shop", ProjectId("p"), "Web shop", "contoso", PAGE)


@pytest.mark.parametrize(
    ("kind", "item_id", "address"),
    [
        ("commit", "a" * 40, f"{PAGE}/commit/{'a' * 40}"),
        ("pull_request", "7", f"{PAGE}/pullrequest/7"),
        ("branch", "main", f"{PAGE}?version=GBmain"),
        ("branch", "feature/PAY-1", f"{PAGE}?version=GBfeature%2FPAY-1"),
        ("branch", "a#b&c=d%20 e+f", f"{PAGE}?version=GBa%23b%26c%3Dd%2520%20e%2Bf"),
        ("branch", "b\u00fcro", f"{PAGE}?version=GBb%C3%BCro"),
        ("branch", "a{}b", f"{PAGE}?version=GBa%7B%7Db"),
        ("branch", "javascript:alert(1)", f"{PAGE}?version=GBjavascript%3Aalert%281%29"),
        ("branch", '"><script>', f"{PAGE}?version=GB%22%3E%3Cscript%3E"),
    ],
)
def test_address_of_an_item_is_its_page_with_any_name_encoded(
    kind: Kind, item_id: str, address: str
) -> None:
    assert address_of(kind, item_id, SHOP) == address


@pytest.mark.parametrize("kind", ["commit", "pull_request", "branch"])
def test_item_without_a_page_of_its_own_is_shown_at_its_repository(kind: Kind) -> None:
    assert address_of(kind, "x", BARE) == PAGE
