"""API tokens in the console."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.access import api_tokens
from shared.services import ONE_GROUP
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

FORM = {"name": "Plugin", "scopes": ["links:read", "code:read"], "expires_at": "2027-01-31"}


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return Visitor(installation.services)


def test_a_token_is_shown_once_and_works(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample)

    seen = visitor.post(
        "/tokens",
        {**FORM, "issue_projects": "pay, web", "integrations": made, "tracker": "default"},
    )

    text = re.search(r"dvl_\w+", seen.text)
    assert text is not None
    kept = api_tokens.recognise(installation.services, text[0])
    assert (kept.name, kept.scopes) == ("Plugin", ("links:read", "code:read"))
    assert (kept.issue_projects, kept.integrations) == (("PAY", "WEB"), (made,))
    assert f"{kept.expires_at:%Y-%m-%d %H:%M}" == "2027-02-01 00:00"
    assert "shown only here" in seen.text
    listed = visitor.get("/tokens")
    assert text[0] not in listed.html
    assert "Plugin" in listed.text
    entries = installation.call("GET", "audit").json["entries"]
    assert ("token_created", "user") in {(e["action"], e["by"]["kind"]) for e in entries}
    assert text[0] not in str(entries)


def test_a_token_without_limits_has_none_and_a_year(
    installation: Installation, visitor: Visitor
) -> None:
    visitor.post("/tokens", {"name": "All", "scopes": "links:read", "expires_at": ""})

    kept = next(
        r.value for r in installation.services.tokens.list(ONE_GROUP) if r.value.name == "All"
    )
    assert (kept.issue_projects, kept.integrations) == (None, None)
    assert kept.expires_at == installation.clock.now() + timedelta(days=365)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "it is empty"),
        ({"scopes": []}, "one or more of"),
        ({"scopes": ["everything"]}, "one or more of"),
        ({"tracker": "nothing"}, "there is no tracker"),
        ({"integrations": "nothing"}, "there is no such integration"),
        ({"expires_at": "2020-01-01"}, "it lies in the past"),
        ({"expires_at": "soon"}, "a day, such as"),
    ],
)
def test_a_mistake_is_named_and_no_token_is_made(
    installation: Installation, visitor: Visitor, wrong: dict[str, str | list[str]], told: str
) -> None:
    before = len(installation.services.tokens.list(ONE_GROUP))

    seen = visitor.post("/tokens", {**FORM, "issue_projects": "TYPED", **wrong})

    assert seen.status == 400
    assert told in seen.text
    assert "TYPED" in seen.html
    assert len(installation.services.tokens.list(ONE_GROUP)) == before


def test_a_revoked_token_is_gone(installation: Installation, visitor: Visitor) -> None:
    made = api_tokens.create_token(installation.services, name="Old", scopes=["links:read"])

    seen = visitor.post(f"/tokens/{made.kept.id}/revoke")

    assert seen.location == "/api/console/tokens?done=token_revoked"
    assert installation.services.tokens.get(ONE_GROUP, made.kept.id) is None
    assert "token_revoked" in {
        e["action"] for e in installation.call("GET", "audit").json["entries"]
    }
    assert visitor.post(f"/tokens/{made.kept.id}/revoke").status == 404


def test_an_expired_token_says_so(installation: Installation, visitor: Visitor) -> None:
    soon = installation.clock.now() + timedelta(minutes=1)
    api_tokens.create_token(
        installation.services, name="Short", scopes=["links:read"], expires_at=soon
    )
    installation.clock.advance(timedelta(minutes=2))

    assert "expired" in visitor.get("/tokens").text


def test_the_form_proposes_the_least(visitor: Visitor) -> None:
    page = visitor.get("/tokens/new").html

    assert page.count("checked") == 1
    assert 'value="links:read" checked' in page


def test_a_name_is_text(visitor: Visitor) -> None:
    seen = visitor.post("/tokens", {**FORM, "name": "<script>alert(1)</script>\u202e"})
    listed = visitor.get("/tokens")

    assert "<script>alert" not in seen.html + listed.html
    assert "\u202e" not in seen.html + listed.html
