from __future__ import annotations

import pytest

from shared.errors import BadRequestError, HooksOnlyError
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.interfaces.git_host import Address
from shared.model import ProjectId

FAMILY = AzureDevOpsServer()
AT_HOME = Address("https://tfs.example.com/tfs/DefaultCollection", ("DefaultCollection",))


@pytest.mark.parametrize(
    ("url", "collection"),
    [
        ("https://tfs.example.com/tfs/DefaultCollection", ""),
        (" https://TFS.example.com/tfs/DefaultCollection/ ", ""),
        ("tfs.example.com/tfs/DefaultCollection", ""),
        ("https://tfs.example.com/tfs/DefaultCollection/Web%20shop/_git/shop", ""),
        ("https://tfs.example.com/tfs", "DefaultCollection"),
        ("https://tfs.example.com/tfs/DefaultCollection", "DefaultCollection"),
        ("https://tfs.example.com/tfs/DefaultCollection/Shop", "defaultcollection"),
    ],
)
def test_every_form_of_a_collection_s_address_becomes_one(url: str, collection: str) -> None:
    assert FAMILY.address(url, [collection] if collection else []) == AT_HOME


@pytest.mark.parametrize(
    ("url", "collections", "address"),
    [
        ("https://tfs:8443/Main", [], Address("https://tfs:8443/Main", ("Main",))),
        ("https://tfs", ["My work"], Address("https://tfs/My%20work", ("My work",))),
        ("https://tfs/My%20work", [], Address("https://tfs/My%20work", ("My work",))),
        ("https://tfs/devops", ["Main"], Address("https://tfs/devops/Main", ("Main",))),
        (
            "http://localhost:8080/tfs/Main",
            [],
            Address("http://localhost:8080/tfs/Main", ("Main",)),
        ),
        ("https://[fd00::7]/Main", [], Address("https://[fd00::7]/Main", ("Main",))),
    ],
)
def test_a_server_may_have_any_port_folder_and_collection(
    url: str, collections: list[str], address: Address
) -> None:
    assert FAMILY.address(url, collections) == address


@pytest.mark.parametrize(
    ("url", "collections", "field"),
    [
        ("http://tfs.example.com/tfs/Main", [], "url"),
        ("https://tfs.example.com", [], "url"),
        ("https://tfs.example.com/tfs/", [], "url"),
        ("https://somebody:secret@tfs.example.com/tfs/Main", [], "url"),
        ("ftp://tfs.example.com/tfs/Main", [], "url"),
        ("https://[::1/tfs/Main", [], "url"),
        ("https://tfs:port/tfs/Main", [], "url"),
        ("", [], "url"),
        ("https://tfs.example.com", ["a/b"], "collection"),
        ("https://tfs.example.com", ["a" * 65], "collection"),
        ("https://tfs.example.com", ["One", "Two"], "organizations"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_by_field(
    url: str, collections: list[str], field: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        FAMILY.address(url, collections)

    assert list(refused.value.fields) == [field]


def test_a_server_is_not_called() -> None:
    with pytest.raises(HooksOnlyError):
        FAMILY.open("DefaultCollection", token="x")


def test_service_hooks_are_set_up_on_the_pages_of_the_collection() -> None:
    form = FAMILY.hook_form(
        "git.push",
        ProjectId("{project}"),
        organization="DefaultCollection",
        address=AT_HOME.url,
        url="https://links.example.com/api/webhooks/1",
        user_name="devlinks",
        password="shown once",
    )

    assert form.page == f"{AT_HOME.url}/{{project}}/_settings/serviceHooks"
    assert ("URL", "https://links.example.com/api/webhooks/1") in form.fields
