from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.access import api_tokens
from tests.links_api.conftest import put
from tests.making import mention, sha

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Answered, Installation


def ask(
    installation: Installation, held: str | None, target: str = "links/PAY-1", **more: str
) -> Answered:
    headers = {} if held is None else {"If-None-Match": held}
    return installation.call("GET", target, headers=headers, token=more.get("token"))


@pytest.fixture
def tag(installation: Installation) -> str:
    """Return the tag of an issue's links."""
    put(installation, mention("commit", sha(1), "PAY-1"))
    return ask(installation, None).headers["etag"]


def test_tag_is_strong(tag: str) -> None:
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert len(tag) > 10


@pytest.mark.parametrize(
    "held", ["{}", "W/{}", "*", '"other", {}', '{},"other"', '"a" , W/{} , "b"']
)
def test_caller_who_holds_the_answer_is_told_that_it_is_still_good(
    installation: Installation, tag: str, held: str
) -> None:
    answered = ask(installation, held.replace("{}", tag))

    assert (answered.status, answered.body) == (304, b"")
    assert answered.headers["etag"] == tag
    assert answered.headers["cache-control"] == "private, no-cache"
    assert answered.headers["vary"] == "Authorization, Accept"


@pytest.mark.parametrize("held", [None, "", '"other"', "{x}", '"*"', "W/*"])
def test_caller_who_holds_something_else_gets_the_answer(
    installation: Installation, tag: str, held: str | None
) -> None:
    answered = ask(installation, held)

    assert (answered.status, answered.headers["etag"]) == (200, tag)
    assert answered.headers["cache-control"] == "private, no-cache"
    assert answered.headers["vary"] == "Authorization, Accept"


def test_new_link_changes_the_tag(installation: Installation, tag: str) -> None:
    put(installation, mention("commit", sha(2), "PAY-1"))

    answered = ask(installation, tag)

    assert answered.status == 200
    assert answered.headers["etag"] != tag


@pytest.mark.parametrize("target", ["links/PAY-2", "links/PAY-1?kinds=branch"])
def test_other_answers_have_other_tags(installation: Installation, tag: str, target: str) -> None:
    assert ask(installation, None, target).headers["etag"] != tag


@pytest.mark.parametrize("issues", ["links?issues=PAY-1", "links?issues=PAY-1,PAY-2"])
def test_answers_about_several_issues_are_tagged_too(
    installation: Installation, tag: str, issues: str
) -> None:
    first = ask(installation, None, issues)

    assert ask(installation, first.headers["etag"], issues).status == 304
    put(installation, mention("commit", sha(3), "PAY-1"))
    assert ask(installation, first.headers["etag"], issues).status == 200


def test_revoked_token_learns_nothing_from_a_tag(installation: Installation, tag: str) -> None:
    made = api_tokens.create_token(installation.services, name="Plugin", scopes=["links:read"])
    api_tokens.revoke_token(installation.services, made.kept.id)

    assert ask(installation, tag, token=made.text).problem == (401, "not_signed_in")


def test_expired_token_learns_nothing_from_a_tag(installation: Installation, tag: str) -> None:
    ends = installation.clock.now() + timedelta(hours=1)
    token = installation.token("links:read", expires_at=ends)
    installation.clock.advance(timedelta(hours=1))

    assert ask(installation, tag, token=token).problem == (401, "not_signed_in")
    assert ask(installation, "*", token=token).problem == (401, "not_signed_in")


def test_token_of_another_project_learns_nothing_from_a_tag(
    installation: Installation, tag: str
) -> None:
    token = installation.token("links:read", issue_projects=["OPS"])

    for held in (tag, "*"):
        assert ask(installation, held, token=token).problem == (403, "out_of_scope")


def test_problem_has_no_tag(installation: Installation) -> None:
    answered = ask(installation, None, "links/nonsense")

    assert "etag" not in answered.headers
    assert answered.headers["cache-control"] == "no-store"
