"""What cannot be linked by hand is refused, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.model import IntegrationId, RepositoryId
from tests.links_api.by_hand.conftest import (
    audited,
    links,
    say,
)
from tests.links_api.conftest import add_integration, add_repository, become, put
from tests.making import REPOSITORY, mention, sha

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation


@pytest.mark.parametrize(
    ("kind", "item_id", "repository", "status"),
    [
        ("commit", sha(9), REPOSITORY, 422),  # the git host would have to be asked
        ("branch", "nowhere", REPOSITORY, 404),
        ("commit", sha(1), "9f7ad6a7-6d2c-4b55-8c5c-000000000000", 404),
        ("commit", "abc", REPOSITORY, 400),
        ("pull_request", "7x", REPOSITORY, 400),
        ("pull_request", "0", REPOSITORY, 400),
        ("branch", "", REPOSITORY, 400),
        ("branch", "a\nb", REPOSITORY, 400),
        ("tag", "v1", REPOSITORY, 400),
        ("commit", sha(1), "'", 404),
    ],
)
def test_what_is_not_there_is_not_attached(
    installation: Installation, kind: str, item_id: str, repository: str, status: int
) -> None:
    put(installation, mention("commit", sha(1), "PAY-2"))

    assert say(installation, "attach", kind, item_id, repository=repository) == status
    assert links(installation) == {}


def test_what_was_never_linked_is_not_detached(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-2"))

    assert say(installation, "detach", "commit", sha(1)) == 404
    assert audited(installation) == []


def test_repository_that_is_not_indexed_now_takes_nothing(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-2"))
    become(installation, REPOSITORY, left_out="disabled")

    assert say(installation, "attach", "commit", sha(1)) == 404


@pytest.mark.parametrize("what", ["attach", "detach"])
@pytest.mark.parametrize(
    ("scopes", "limits", "refused"),
    [
        (["links:read", "code:read"], {}, (403, "scope_missing")),
        (["code:write"], {"issue_projects": ["OPS"]}, (403, "out_of_scope")),
        (["code:write"], {"integrations": [IntegrationId("i2")]}, (404, "not_found")),
    ],
)
def test_token_that_does_not_cover_it_is_refused(
    installation: Installation,
    what: str,
    scopes: list[str],
    limits: dict[str, Any],
    refused: tuple[int, str],
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    add_integration(installation, IntegrationId("i2"))
    token = installation.token(*scopes, **limits)
    body = {"repository_id": REPOSITORY, "kind": "commit", "id": sha(1)}

    answered = installation.call("POST", f"links/PAY-1/{what}", body, token=token)

    assert answered.problem == refused
    assert links(installation).keys() == {sha(1)}


def test_repository_of_another_tracker_is_unknown(installation: Installation) -> None:
    elsewhere = RepositoryId("00000000-0000-4000-8000-000000000000")
    add_repository(installation, elsewhere, "elsewhere", tracker="other")

    assert say(installation, "attach", "branch", "main", repository=elsewhere) == 404
