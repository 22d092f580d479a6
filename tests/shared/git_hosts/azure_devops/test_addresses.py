from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.errors import BadRequestError
from shared.git_hosts.azure_devops.addresses import read_address, read_token
from shared.interfaces.git_host_family import Address

SERVICES = "https://dev.azure.com"
LONGEST = "a" * 50
LOOK_ALIKE = "\N{CYRILLIC SMALL LETTER A}cme"
FULL_WIDTH_DOTS = "https://dev\N{FULLWIDTH FULL STOP}azure\N{FULLWIDTH FULL STOP}com/acme"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def read(url: str, *organizations: str, services_url: str = SERVICES) -> Address:
    address = read_address(url, organizations, services_url=services_url)
    return replace(address, rewritten="")


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/acme",
        "https://dev.azure.com/acme/",
        "  https://dev.azure.com/acme\n",
        "dev.azure.com/acme",
        "HTTPS://Dev.Azure.Com/acme",
        "https://dev.azure.com/acme/Web%20shop",
        "https://dev.azure.com/acme/_settings/repositories?_a=general#top",
        "https://dev.azure.com/acme/Web%20shop/_git/shop/pullrequest/7",
        "https://dev.azure.com/acme/Web%20shop/_git/shop",
        "https://acme@dev.azure.com/acme/Web%20shop/_git/shop",
        "https://acme.visualstudio.com",
        "acme.visualstudio.com/",
        "https://acme.visualstudio.com/DefaultCollection",
        "https://acme.visualstudio.com/DefaultCollection/Shop/_git/web",
        "https://acme.visualstudio.com/Shop/_git/web",
        "git@ssh.dev.azure.com:v3/acme/Shop/web",
        "ssh://git@ssh.dev.azure.com/v3/acme/Shop/web",
        "ssh://git@ssh.dev.azure.com:22/v3/acme/Shop/web",
        "acme@vs-ssh.visualstudio.com:v3/acme/Shop/web",
        "ssh://acme@vs-ssh.visualstudio.com:22/DefaultCollection/Shop/_ssh/web",
        "ssh://acme@acme.visualstudio.com:22/Shop/_git/web",
        "https://dev.azure.com:443/acme",
        "https://acme.visualstudio.com:443/DefaultCollection",
        "https://dev.azure.com//acme//Shop",
        "https://dev.azure.com/acme?path=%2Fsrc%2F100%25",
        "https://dev.azure.com/acme/#/Shop",
        "https://dev.azure.com/acme/Caf%C3%A9%20%231/_git/100%25",
        "https://dev.azure.com/acme/Café #1/_git/web",
        "https://dev.azure.com/acme/Web%2520shop/_git/web",
        "https://acme@dev.azure.com/acme/_git/web",
        "https://dev.azure.com/acme/_apis/projects?api-version=7.1",
        "https://%61cme@dev.azure.com/%61cme/Shop",
    ],
)
def test_every_form_of_an_organization_s_address_becomes_one(url: str) -> None:
    assert read(url) == Address("https://dev.azure.com/acme", ("acme",))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://dev.azure.com/acme", ""),
        ("dev.azure.com/acme/", ""),
        ("https://dev.azure.com/ACME", ""),
        ("https://dev.azure.com", ""),
        ("https://acme.visualstudio.com", "older address"),
        ("https://acme.visualstudio.com/DefaultCollection", "older address"),
        ("https://dev.azure.com/acme/DefaultCollection", "DefaultCollection"),
        ("https://dev.azure.com/acme/Shop/_git/web", "address of a repository"),
        ("git@ssh.dev.azure.com:v3/acme/Shop/web", "address of a repository"),
        ("https://dev.azure.com/acme/_settings/users", "Only what names the organization"),
    ],
)
def test_address_that_is_rewritten_says_why(url: str, why: str) -> None:
    rewritten = read_address(url, (), services_url=SERVICES).rewritten

    assert bool(rewritten) == bool(why)
    assert why in rewritten


def test_address_under_another_host_of_the_services_is_kept_there() -> None:
    address = read("http://localhost:8080/acme/Shop", services_url="http://localhost:8080")

    assert address == Address("http://localhost:8080/acme", ("acme",))


@pytest.mark.parametrize(
    "url", ["https://dev.azure.com", " https://dev.azure.com/ ", "dev.azure.com", SERVICES + "#top"]
)
def test_address_of_the_services_themselves_stands_for_every_organization(url: str) -> None:
    assert read(url) == Address(SERVICES, ())


def test_names_as_people_spell_them_are_kept() -> None:
    assert read("https://dev.azure.com/Acme-2").organizations == ("Acme-2",)


def test_organizations_beside_the_one_in_the_url_are_indexed_too() -> None:
    address = read("https://dev.azure.com/acme", "acme", " fabrikam ")

    assert address == Address("https://dev.azure.com/acme", ("acme", "fabrikam"))


def test_organization_may_be_named_beside_an_address_that_names_none() -> None:
    assert read(SERVICES, "acme") == Address("https://dev.azure.com/acme", ("acme",))


def test_organization_that_the_url_names_in_other_letter_case_is_the_same() -> None:
    assert read("https://dev.azure.com/ACME", "acme").organizations == ("acme",)


def test_organization_named_twice_in_different_letter_case_is_one() -> None:
    assert len(read(SERVICES, "Acme", "acme").organizations) == 1


def test_longest_name_is_a_name_and_one_character_more_is_none() -> None:
    assert read(SERVICES, LONGEST).organizations == (LONGEST,)

    with pytest.raises(BadRequestError):
        read(SERVICES, LONGEST + "a")


@pytest.mark.parametrize(
    "organization",
    ["../x", "a/b", "a%2f..", "a?x=", "a#", "", " ", "-acme", "acme-", "a.b", "a b", "a\nb", "a@b",
     "_git", LOOK_ALIKE],
)  # fmt: skip
def test_what_cannot_be_an_organization_is_refused_by_its_field(organization: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read(SERVICES, organization)

    assert set(refused.value.fields) == {"organizations"}


def test_organization_in_the_url_that_is_not_among_those_named_is_refused() -> None:
    with pytest.raises(BadRequestError, match="cannot be used") as refused:
        read("https://dev.azure.com/acme", "fabrikam")

    assert "acme" in refused.value.fields["organizations"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "http://dev.azure.com/acme",
        "ftp://dev.azure.com/acme",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ext::sh -c id",
        "--upload-pack=id",
        "https://acme:secret@dev.azure.com/acme",
        "https://dev.azure.com:8443/acme",
        "https://dev.azure.com:99999/acme",
        "https://dev.azure.com:x/acme",
        "https://[::1/acme",
        "https://[::1]/acme",
        "https://127.0.0.1/acme",
        "https://169.254.169.254/acme",
        "https://evil.example/acme",
        "https://dev.azure.com.evil.example/acme",
        "https://evildev.azure.com/acme",
        "https://dev.azure.com@evil.example/acme",
        "https://dev.azure.com\\@evil.example/acme",
        "https://evil.example#@dev.azure.com/acme",
        "https://evil.example?.visualstudio.com/acme",
        "https://acme.visualstudio.com.evil.example",
        "https://visualstudio.com/acme",
        "ssh://acme:secret@acme.visualstudio.com:22/Shop/_git/web",
        "ssh://dev.azure.com/acme",
        "https://dev.azure.com:0443a/acme",
        "git@evil.example:v3/acme/Shop/web",
        "ssh://-oProxyCommand=id/v3/acme/Shop/web",
        FULL_WIDTH_DOTS,
    ],
)
def test_address_that_is_not_of_the_services_is_refused_by_its_field(url: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read(url)

    assert set(refused.value.fields) == {"url"}


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/../x",
        "https://dev.azure.com/%2e%2e/x",
        "https://dev.azure.com/a%2f..",
        "https://dev.azure.com/a%00",
        "https://dev.azure.com/_git",
        f"https://dev.azure.com/{'a' * 51}",
        f"https://dev.azure.com/{LOOK_ALIKE}",
        "https://a.b.visualstudio.com",
        "git@ssh.dev.azure.com:v3/../Shop/web",
    ],
)
def test_name_in_a_url_that_cannot_be_an_organization_is_refused(url: str) -> None:
    with pytest.raises(BadRequestError):
        read(url)


@pytest.mark.parametrize("services_url", ["http://localhost:8080", "https://dev.azure.example"])
def test_old_addresses_are_only_of_the_public_services(services_url: str) -> None:
    with pytest.raises(BadRequestError):
        read("https://acme.visualstudio.com", services_url=services_url)


@given(st.text(), st.lists(st.text(), max_size=2))
def test_whatever_is_typed_gives_an_address_under_the_services_or_says_why_not(
    url: str, organizations: list[str]
) -> None:
    try:
        address = read(url, *organizations)
    except BadRequestError:
        return

    assert address.url == f"{SERVICES}/{address.url.rpartition('/')[2]}"
    assert address.organizations


@pytest.mark.parametrize(
    "pasted",
    ["{}", " {}", "{}\n", "\r\n{}\r\n", "\t{}\t", NO_BREAK_SPACE + "{}" + NO_BREAK_SPACE],
    ids=repr,
)
@pytest.mark.parametrize("token", ["a" * 52, "b" * 76 + "AZDO" + "c" * 4, "x"])
def test_blanks_around_a_pasted_token_are_left_out(pasted: str, token: str) -> None:
    assert read_token(pasted.format(token)) == token


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "to\nken",
        "to\r\nX-Header: 1",
        "to ken",
        "to\tken",
        f"to{NO_BREAK_SPACE}ken",
        '"token"',
        "'token'",
        "=token",
        "PAT=token",
        "token\N{ZERO WIDTH SPACE}",
        "\N{ZERO WIDTH NO-BREAK SPACE}token",
        "t\N{LATIN SMALL LETTER O WITH DIAERESIS}ken",
        "to\0ken",
        "t" * 4097,
    ],
    ids=lambda token: ascii(token)[:30],
)
def test_what_cannot_be_a_token_is_refused_by_its_field_and_not_repeated(token: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read_token(token)

    assert set(refused.value.fields) == {"connection.token"}
    assert not token.strip() or token not in str(refused.value) + str(refused.value.fields)


@given(st.text())
def test_token_that_is_taken_can_stand_in_a_header(text: str) -> None:
    try:
        token = read_token(text)
    except BadRequestError:
        return

    assert token.isascii()
    assert token.isprintable()
    assert " " not in token
