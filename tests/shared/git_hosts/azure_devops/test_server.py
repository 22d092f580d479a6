from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from shared.errors import BadRequestError
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.interfaces.git_host_family import Address, Credential
from shared.model import ProjectId

FAMILY = AzureDevOpsServer(
    egress=Egress(AllowList.read("localhost")),
    clock=lambda: datetime.now(UTC),
    wait=lambda _: None,
)
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
        ("https://tfs.example.com:443/tfs/DefaultCollection", ""),
        ("https://tfs.example.com//tfs//DefaultCollection/_git/shop", ""),
        ("https://tfs.example.com/tfs/DefaultCollection/_git/shop#path=/100%25", ""),
        ("https://tfs.example.com/tfs/DefaultCollection/Caf%C3%A9%20%231/_git/100%25", ""),
        ("https://tfs.example.com/tfs/DefaultCollection/Web shop/_git/shop?version=GBmain", ""),
        ("ssh://tfs.example.com:22/tfs/DefaultCollection/Shop/_git/shop", ""),
        ("ssh://developer@tfs.example.com:22/tfs/DefaultCollection/Shop/_git/shop", ""),
        ("https://tfs.example.com/tfs/", " DefaultCollection "),
    ],
)
def test_every_form_of_a_collection_s_address_becomes_one(url: str, collection: str) -> None:
    address = FAMILY.address(url, [collection] if collection else [])

    assert replace(address, rewritten="") == AT_HOME


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://tfs/tfs/Main", ""),
        ("tfs/Main/", ""),
        ("https://tfs/My work", ""),
        ("https://tfs/Main/Shop/_git/shop", "Only what names the server"),
        ("ssh://tfs:22/tfs/Main/Shop/_git/shop", "not by SSH"),
    ],
)
def test_address_that_is_rewritten_says_why(url: str, why: str) -> None:
    rewritten = FAMILY.address(url, ()).rewritten

    assert bool(rewritten) == bool(why)
    assert why in rewritten


@pytest.mark.parametrize(
    ("url", "collections", "address"),
    [
        ("https://tfs:8443/Main", [], Address("https://tfs:8443/Main", ("Main",))),
        ("https://tfs", ["My work"], Address("https://tfs/My%20work", ("My work",))),
        ("https://tfs/My%20work", [], Address("https://tfs/My%20work", ("My work",))),
        ("https://tfs/devops", ["Main"], Address("https://tfs/devops/Main", ("Main",))),
        ("https://tfs/Caf%C3%A9", [], Address("https://tfs/Caf%C3%A9", ("Café",))),
        ("https://tfs/Café", [], Address("https://tfs/Caf%C3%A9", ("Café",))),
        ("https://tfs/Main/_git/shop", [], Address("https://tfs/Main", ("Main",))),
        ("https://tfs/Main/Shop/_git/shop", [], Address("https://tfs/Main", ("Main",))),
        (
            "https://tfs/devops/Main/Shop/_git/shop",
            [],
            Address("https://tfs/devops/Main", ("Main",)),
        ),
        (
            "ssh://tfs:22/devops/Main/Shop/_git/shop",
            [],
            Address("https://tfs/devops/Main", ("Main",)),
        ),
        (
            "http://localhost:8080/tfs/Main",
            [],
            Address("http://localhost:8080/tfs/Main", ("Main",)),
        ),
        ("https://[fd00::7]/Main", [], Address("https://[fd00::7]/Main", ("Main",))),
        ("https://Bücher/Main", [], Address("https://xn--bcher-kva/Main", ("Main",))),
        ("https://tfs./Main", [], Address("https://tfs/Main", ("Main",))),
    ],
)
def test_a_server_may_have_any_port_folder_and_collection(
    url: str, collections: list[str], address: Address
) -> None:
    assert replace(FAMILY.address(url, collections), rewritten="") == address


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
        ("https://tfs.example.com/tfs/Main/Shop/_git/shop", ["Other"], "collection"),
        ("https://tfs.example.com/100%25", [], "collection"),
        ("https://tfs.example.com/a%23b", [], "collection"),
        ("ssh://developer:secret@tfs/tfs/Main/Shop/_git/shop", [], "url"),
        ("ssh://tfs", [], "url"),
        ("https://tfs.example.com:0/Main", [], "url"),
        ("https://my tfs/Main", [], "url"),
        ("https://tfs.example.com\\evil.example/Main", [], "url"),
        ("https://[fe80::1%25eth0]/Main", [], "url"),
        ("https://tfs.example.com/tfs/..", [], "collection"),
        ("https://tfs.example.com/%2e%2e/Main", ["Main"], "collection"),
        ("https://tfs.example.com", ["."], "collection"),
        ("https://dev.azure.com/acme", [], "git_host"),
        ("https://acme.visualstudio.com/DefaultCollection", [], "git_host"),
        ("ssh://acme@vs-ssh.visualstudio.com:22/DefaultCollection/Shop/_ssh/web", [], "git_host"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_by_field(
    url: str, collections: list[str], field: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        FAMILY.address(url, collections)

    assert list(refused.value.fields) == [field]


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


def test_server_is_signed_in_to_with_a_token_or_with_a_user_s_password() -> None:
    token = FAMILY.credential(Credential("pat", " abc "), url=AT_HOME.url)
    user = FAMILY.credential(Credential("basic", "my: pass", "SHOP\\me"), url=AT_HOME.url)

    assert (token.secret, user.secret, user.user_name) == ("abc", "my: pass", "SHOP\\me")
    assert FAMILY.connection_kinds == ("pat", "basic")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Credential("basic", "secret", "a:b"), "connection.user_name"),
        (Credential("basic", "secret"), "connection.user_name"),
        (Credential("basic", "sec\nret", "me"), "connection.password"),
        (Credential("pat", "secret", "me"), "connection.user_name"),
    ],
)
def test_credential_that_cannot_be_sent_is_refused_by_field(given: Credential, field: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        FAMILY.credential(given, url=AT_HOME.url)

    assert list(refused.value.fields) == [field]
    assert "sec" not in str(refused.value)


def test_one_collection_is_opened_which_the_address_names() -> None:
    found = FAMILY.organizations("https://tfs/tfs/My%20work", Credential("pat", "secret"))

    assert found == ("My work",)
