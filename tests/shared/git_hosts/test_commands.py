from __future__ import annotations

import shlex

import pytest

from shared.git_hosts.commands import curl, list_refs, look_up, show_certificate, show_host_key
from shared.interfaces.git_host_family import Credential

SECRET = "a-secret-that-is-shown-to-nobody"
URL = "https://dev.azure.com/acme/_apis/projects?api-version=6.0"
HOSTILE = "acme'; rm -rf ~; echo `id` $(id) \n#"


@pytest.mark.parametrize(
    ("credential", "line"),
    [
        (Credential("pat", SECRET), f"""curl -u ":$TOKEN" '{URL}'"""),
        (Credential("oauth", SECRET), f"""curl -H "Authorization: Bearer $TOKEN" '{URL}'"""),
        (
            Credential("basic", SECRET, "SHOP\\reader"),
            f"""curl -u 'SHOP\\reader':"$TOKEN" '{URL}'""",
        ),
        (None, f"curl '{URL}'"),
    ],
    ids=["token", "bearer", "password", "nobody"],
)
def test_line_asks_as_the_connection_does_with_a_variable_for_the_secret(
    credential: Credential | None, line: str
) -> None:
    assert curl(URL, credential) == line


def test_line_that_sends_a_body_sends_it_as_json() -> None:
    words = shlex.split(curl(URL, Credential("pat", SECRET), body="[]"))

    assert words[3:] == ["-H", "Content-Type: application/json", "-d", "[]", URL]


@pytest.mark.parametrize(
    "line",
    [
        curl(HOSTILE, Credential("pat", SECRET)),
        curl(URL, Credential("basic", SECRET, HOSTILE)),
        curl(URL, body=HOSTILE),
        look_up(HOSTILE),
        show_certificate(HOSTILE, 443),
        show_host_key(HOSTILE, 22),
        list_refs(HOSTILE),
    ],
)
def test_whatever_an_admin_typed_stays_one_word(line: str) -> None:
    words = shlex.split(line.removesuffix(" </dev/null"))

    assert sum(HOSTILE in word for word in words) >= 1
    assert not {"rm", "`id`", "$(id)"}.intersection(words)
    assert SECRET not in line


def test_address_that_looks_like_an_option_is_none() -> None:
    assert shlex.split(list_refs("--upload-pack=id"))[-2:] == ["--", "--upload-pack=id"]
