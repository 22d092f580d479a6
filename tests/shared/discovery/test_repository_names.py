from __future__ import annotations

from shared.discovery.repository_names import names_of
from shared.model import ProjectId, Repository, RepositoryId


def repository(identity: str, name: str, *, project: str, organization: str) -> Repository:
    return Repository(
        id=RepositoryId(identity),
        name=name,
        project_id=ProjectId(project),
        project=project,
        organization=organization,
        url="",
    )


def test_name_that_no_other_has_is_shown_alone() -> None:
    listed = [
        repository("1", "shop", project="Shop", organization="contoso"),
        repository("2", "stock", project="Shop", organization="contoso"),
    ]

    assert names_of(listed) == {"1": "shop", "2": "stock"}


def test_same_names_are_told_apart_by_project_and_organization() -> None:
    listed = [
        repository("1", "shop", project="Shop", organization="contoso"),
        repository("2", "Shop", project="Bank", organization="contoso"),
        repository("3", "shop", project="Shop", organization="fabrikam"),
        repository("4", "stock", project="Shop", organization="contoso"),
    ]

    assert names_of(listed) == {
        "1": "contoso/Shop/shop",
        "2": "contoso/Bank/Shop",
        "3": "fabrikam/Shop/shop",
        "4": "stock",
    }


def test_no_repository_has_no_name() -> None:
    assert names_of([]) == {}
