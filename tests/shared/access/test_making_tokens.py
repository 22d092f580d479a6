from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.access import api_tokens, callers
from shared.configuration import SCOPES
from shared.errors import (
    BadRequestError,
    OutOfScopeError,
    ScopeMissingError,
    UnknownThingError,
)
from shared.issue_keys import IssueKey
from shared.services import ONE_GROUP
from tests.shared.access.conftest import kept, make, with_checksum
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from shared.configuration import Scope
    from shared.services import Services

FORM = re.compile(r"dvl_[0-9a-z]{8}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}")


def test_token_has_the_form_that_scanners_for_secrets_know(services: Services) -> None:
    made = make(services)

    assert FORM.fullmatch(made.text)
    assert made.text == with_checksum(made.text.rpartition("_")[0])


def test_tokens_are_all_different(services: Services) -> None:
    made = [make(services).text.split("_") for _ in range(20)]

    assert len({parts[1] for parts in made}) == 20
    assert len({parts[2] for parts in made}) == 20


def test_secret_is_kept_as_its_hash_and_nowhere_else(services: Services) -> None:
    made = make(services)

    _, token_id, secret, checksum = made.text.split("_")
    stored = kept(services, token_id)
    assert stored.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    written = msgspec.json.encode(stored).decode()
    assert secret not in written
    assert checksum not in written


def test_token_lives_for_a_year_when_nothing_else_is_said(services: Services) -> None:
    assert make(services).kept.expires_at == NOW + timedelta(days=365)
    soon = NOW + timedelta(hours=1)
    assert make(services, expires_at=soon).kept.expires_at == soon


def test_token_keeps_its_limits_in_the_form_that_they_are_compared_in(services: Services) -> None:
    made = make(
        services,
        name=" Plugin ",
        scopes=["code:read", "links:read", "links:read"],
        issue_projects=["pay", "AB", "#"],
        integrations=["i1"],
    )

    assert made.kept.name == "Plugin"
    assert made.kept.scopes == ("links:read", "code:read")
    assert made.kept.issue_projects == ("PAY", "AB", "#")
    assert made.kept.integrations == ("i1",)
    assert make(services).kept.issue_projects is None


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": ()}, "scopes"),
        ({"scopes": ("links:write",)}, "scopes"),
        ({"scopes": ("links:read", "")}, "scopes"),
        ({"scopes": ("admin",), "integrations": ["i1"]}, "scopes"),
        ({"scopes": ("admin", "links:read"), "issue_projects": ["PAY"]}, "scopes"),
        ({"tracker": "jira"}, "tracker"),
        ({"expires_at": NOW}, "expires_at"),
        ({"expires_at": NOW - timedelta(days=1)}, "expires_at"),
    ],
    ids=str,
)
def test_token_that_makes_no_sense_is_refused_by_field_and_not_kept(
    services: Services, wanted: dict[str, Any], field: str
) -> None:
    before = len(services.tokens.list(ONE_GROUP))

    with pytest.raises(BadRequestError) as refused:
        make(services, **wanted)

    assert set(refused.value.fields) == {field}
    assert len(services.tokens.list(ONE_GROUP)) == before


def test_every_mistake_in_a_token_is_told_at_once(services: Services) -> None:
    with pytest.raises(BadRequestError) as refused:
        make(services, name="", scopes=(), tracker="x", expires_at=NOW)

    assert set(refused.value.fields) == {"name", "scopes", "tracker", "expires_at"}


def test_unknown_token_cannot_be_revoked(services: Services) -> None:
    with pytest.raises(UnknownThingError):
        api_tokens.revoke_token(services, "00000000")


@pytest.mark.parametrize("held", SCOPES)
@pytest.mark.parametrize("wanted", SCOPES)
def test_scope_opens_itself_and_admin_opens_everything(
    services: Services, held: Scope, wanted: Scope
) -> None:
    caller = callers.caller_of_token(make(services, scopes=[held]).kept)

    if held in {wanted, "admin"}:
        callers.require_scope(caller, wanted)
    else:
        with pytest.raises(ScopeMissingError, match=wanted):
            callers.require_scope(caller, wanted)


@pytest.mark.parametrize(
    ("projects", "issue", "is_seen"),
    [
        (None, IssueKey("PAY", 1), True),
        (["PAY"], IssueKey("PAY", 1), True),
        (["pay"], IssueKey("PAY", 1), True),
        (["PAY"], IssueKey("PAYX", 1), False),
        (["PAY"], IssueKey("AB", 1), False),
        (["AB", "#"], IssueKey("#", 1), True),
        ([], IssueKey("PAY", 1), False),
    ],
)
def test_token_sees_the_issues_of_its_projects(
    services: Services, projects: list[str] | None, issue: IssueKey, is_seen: bool
) -> None:
    caller = callers.caller_of_token(make(services, issue_projects=projects).kept)

    if is_seen:
        callers.require_issue(caller, issue)
    else:
        with pytest.raises(OutOfScopeError):
            callers.require_issue(caller, issue)


def test_tokens_are_listed_page_by_page_in_order(installation: Installation) -> None:
    services = installation.services
    made = {make(services).kept.id for _ in range(5)} | {installation.admin.split("_")[1]}

    first = api_tokens.list_tokens(services, after="", limit=4)
    second = api_tokens.list_tokens(services, after=first[-1].key, limit=4)

    keys = [record.key for record in (*first, *second)]
    assert keys == sorted(made)
    assert (len(first), len(second)) == (4, 2)
