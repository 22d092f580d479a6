from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api

FILES = {"src/a b.py": b"print('caf\xc3\xa9')\n", "src/sub/c.txt": b"c", "d.bin": b"\x00\x01"}


@pytest.fixture(autouse=True)
def pushed(sample: SampleOrganization) -> str:
    return sample.push("web", "main", "PAY-1", files=FILES)


@pytest.mark.parametrize(
    ("level", "paths"),
    [
        ("none", ["/src"]),
        ("oneLevel", ["/src", "/src/a b.py", "/src/sub"]),
        ("full", ["/src", "/src/a b.py", "/src/sub", "/src/sub/c.txt"]),
    ],
)
def test_folder_is_listed_as_deep_as_asked_for(
    api: Api, web: str, level: str, paths: list[str]
) -> None:
    found = api.get(f"{web}/items", scopePath="/src", recursionLevel=level)["value"]

    assert [item["path"] for item in found] == paths


def test_file_is_sent_as_it_is_to_whoever_does_not_ask_for_json(api: Api, web: str) -> None:
    api.session.headers["Accept"] = "*/*"

    answer = api.call("GET", f"{web}/items", path="/src/a b.py")

    assert answer.content == FILES["src/a b.py"]


def test_file_is_described_with_its_content_on_request(api: Api, web: str) -> None:
    plain = api.get(f"{web}/items", path="/src/a b.py")
    full = api.get(f"{web}/items", path="/src/a b.py", includeContent="true")

    assert "content" not in plain
    assert full["content"] == "print('café')\n"


def test_address_of_an_item_leads_to_it(api: Api, web: str) -> None:
    item = api.get(f"{web}/items", path="/src/a b.py")

    again = api.session.get(item["url"], timeout=10).json()

    assert again == item


def test_version_is_a_branch_a_tag_or_a_commit(
    sample: SampleOrganization, api: Api, web: str, pushed: str
) -> None:
    sample.tag("web", "v1", at=pushed, message="First")
    sample.push("web", "main", "PAY-2", files={"src/sub/c.txt": b"changed"})

    def content(version: str, kind: str) -> str:
        query = {"versionDescriptor.version": version, "versionDescriptor.versionType": kind}
        item = api.get(f"{web}/items", path="/src/sub/c.txt", includeContent="true", **query)
        return str(item["content"])

    assert content("main", "branch") == "changed"
    assert content("v1", "tag") == content(pushed, "commit") == "c"


def test_missing_item_is_told_by_its_code(api: Api, web: str) -> None:
    answer = api.call("GET", f"{web}/items", path="/nothing")

    assert (answer.status_code, answer.json()["typeKey"]) == (404, "GitItemNotFoundException")


def test_blob_is_sent_or_described(api: Api, web: str) -> None:
    sha = api.get(f"{web}/items", path="/d.bin")["objectId"]

    described = api.get(f"{web}/blobs/{sha}")
    raw = api.call("GET", f"{web}/blobs/{sha}", **{"$format": "octetStream"})

    assert described["size"] == 2
    assert raw.content == b"\x00\x01"
    assert api.refused("GET", f"{web}/blobs/{'0' * 40}")[0] == 404
