"""A document is checked as a whole, and each mistake is named by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation

INTEGRATION = "integrations[0]"


def fields_of(installation: Installation, document: object) -> dict[str, str]:
    """Return what is wrong with a document, of which nothing is kept then."""
    before = installation.call("GET", "export").json
    fields = installation.call("POST", "import", document).fields
    assert installation.call("GET", "export").json == before
    return fields


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("url", {"url": "https://evil.example/contoso"}),
        ("url", {"url": "javascript:alert(1)"}),
        ("organizations", {"organizations": ["../x"]}),
        ("url", {"git_host": "git", "url": "file:///etc/passwd"}),
        ("url", {"git_host": "git", "url": "https://user:secret@git.example/x.git"}),
        ("git_host", {"git_host": "github"}),
        ("trackers", {"trackers": ["nothing"]}),
        ("trackers", {"trackers": []}),
        ("repositories.jmespath", {"repositories": {"jmespath": "[?"}}),
        ("repositories.mode", {"repositories": {"mode": "some"}}),
        ("pull_request_window_days", {"pull_request_window_days": 0}),
        ("connection.kind", {"connection": {"kind": "ssh_key"}}),
        ("connection.kind", {"connection": {"kind": "none"}}),
        ("connection.token", {"connection": {"kind": "pat", "token": "secret"}}),
        ("connection.sealed_secret", {"connection": {"kind": "pat", "sealed_secret": "x"}}),
        ("webhook_id", {"webhook_id": "0123456789abcdef"}),
        ("webhooks", {"hooks_only": True, "webhooks": False}),
        ("webhooks", {"webhooks": "https://evil.example"}),
        ("index.secrets", {"index": {"secrets": True}}),
        ("is_removed", {"is_removed": True}),
    ],
    ids=str,
)
def test_what_an_integration_cannot_be_is_refused(
    target: Installation, exported: dict[str, Any], path: str, change: dict[str, Any]
) -> None:
    exported["integrations"][0] |= change

    assert f"{INTEGRATION}.{path}" in fields_of(target, exported)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("id", {"id": "../x"}),
        ("id", {"id": "default"}),
        ("name", {"name": " "}),
        ("projects", {"projects": ["not a project"]}),
        ("aliases", {"aliases": {"PAY": "PAY-1"}}),
        ("grammars", {"grammars": []}),
        ("grammars[0]", {"grammars": ["perl"]}),
        ("number_since", {"number_since": "2026-01-01T00:00:00"}),
        ("table_id", {"table_id": "abcdefghijkl"}),
        ("url", {"url": "javascript:alert(1)"}),
    ],
    ids=str,
)
def test_what_a_tracker_cannot_be_is_refused(
    target: Installation, exported: dict[str, Any], path: str, change: dict[str, Any]
) -> None:
    exported["trackers"][1] |= change

    assert f"trackers[1].{path}" in fields_of(target, exported)


def test_every_mistake_is_named(target: Installation, exported: dict[str, Any]) -> None:
    exported["trackers"][1] |= {"name": "", "projects": ["?"]}
    exported["integrations"][0] |= {"trackers": ["nothing"], "pull_request_window_days": 0}
    exported["integrations"].append({**exported["integrations"][0], "url": "https://evil.example"})

    assert sorted(fields_of(target, exported)) == [
        "integrations[0].pull_request_window_days",
        "integrations[0].trackers",
        "integrations[1].url",
        "trackers[1].name",
        "trackers[1].projects",
    ]


def test_mistakes_of_form_are_named_in_each_part(
    target: Installation, exported: dict[str, Any]
) -> None:
    exported["trackers"][0]["kind"] = "abacus"
    exported["integrations"] = [{}, 5]

    assert sorted(fields_of(target, exported)) == [
        "integrations[0].git_host",
        "integrations[1]",
        "trackers[0].kind",
    ]


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("version", {}),
        ("version", {"version": 2}),
        ("version", {"version": "1"}),
        ("tokens", {"version": 1, "tokens": []}),
        ("users", {"version": 1, "users": []}),
        ("audit", {"version": 1, "audit": []}),
        ("trackers", {"version": 1, "trackers": {}}),
    ],
    ids=str,
)
def test_document_of_another_form_is_refused(
    target: Installation, path: str, document: dict[str, Any]
) -> None:
    assert list(fields_of(target, document)) == [path]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_refused(target: Installation, body: bytes) -> None:
    assert target.call("POST", "import", body).problem == (400, "bad_request")


def test_what_stands_twice_is_refused(target: Installation, exported: dict[str, Any]) -> None:
    exported["integrations"] *= 2

    assert list(fields_of(target, exported)) == ["integrations[1]"]


def test_the_same_integration_under_two_ids_is_refused(
    source: Installation, exported: dict[str, Any]
) -> None:
    exported["integrations"].append({**exported["integrations"][0], "id": "f" * 32})

    assert list(fields_of(source, exported)) == ["integrations[1]"]


def test_tracker_of_the_document_can_be_fed_by_its_integration(
    target: Installation, exported: dict[str, Any]
) -> None:
    exported["integrations"][0]["trackers"] = ["jira"]

    assert target.call("POST", "import", exported).status == 200


def test_only_admins_may(source: Installation) -> None:
    token = source.token("links:read", "code:read", "code:write")

    for method, path in (("GET", "export"), ("POST", "import")):
        answered = source.call(method, path, token=token)
        assert answered.problem == (403, "scope_missing")
