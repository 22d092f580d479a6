from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.devhost.sample_organization.specification import SPECS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api

GIT = SPECS / "git/7.1/httpExamples"
EVENTS = SPECS.parent / "events/dependabot-azdo"
pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the recorded answers of the service are not at hand"
)

NOT_IN_STORIES = {".autoCompleteIgnoreConfigIds", ".triggeredByAutoComplete", ".isContainer"}
"""What there is no case of: completions by a policy, and groups as reviewers."""


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Yield every key of *value* with those above it; the items of a list count as one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{at}.{key}"
            yield from paths(inner, f"{at}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, at)


def recorded(name: str) -> Any:
    responses = json.loads((GIT / name).read_text(encoding="utf-8"))["responses"]
    return next(iter(responses.values()))["body"]


def lacking(ours: Any, theirs: Any) -> set[str]:
    """Return what is recorded and missing from our answer."""
    known = set(paths(ours))
    return {
        path
        for path in set(paths(theirs)) - known
        if not any(path.endswith(ending) for ending in NOT_IN_STORIES)
        # Counts name the kinds of change that a commit has.
        and ".changeCounts." not in path
    }


def shop(sample: SampleOrganization) -> str:
    return f"git/repositories/{sample.repository('shop').id}"


CASES = [
    ("repositories/GET__git_repositories.json", "git/repositories", {}),
    ("repositories/GET__git_repositories__repositoryId_.json", "{shop}", {}),
    ("refs/GET__git_repositories__repositoryId__refs.json", "{shop}/refs", {}),
    (
        "refs/GET__git_repositories__repositoryId__refs_heads.json",
        "{shop}/refs",
        {"filter": "heads/"},
    ),
    (
        "refs/GET__git_repositories__repositoryId__refs_tags.json",
        "{shop}/refs",
        {"filter": "tags/"},
    ),
    ("commits/GET__git_repositories__repositoryId__commits.json", "{shop}/commits", {}),
    (
        "commits/GET__git_repositories__repositoryId__commits__commitId_.json",
        "{shop}/commits/{head}",
        {},
    ),
    (
        "commits/GET__git_repositories__repositoryId__commits__commitId__changeCount-10.json",
        "{shop}/commits/{head}",
        {"changeCount": 10},
    ),
    (
        "changes/GET__git_repositories__repositoryId__commits__commitId__changes_top-_top__skip-_skip_.json",
        "{shop}/commits/{head}/changes",
        {},
    ),
    (
        "commitDiffs/GET__git_repositories__repositoryId__diffs_commits_targetVersion-_targetVersion__baseVersion-_baseVersion_.json",
        "{shop}/diffs/commits",
        {"baseVersion": "release/1.0", "targetVersion": "main"},
    ),
    (
        "items/GET__git_repositories__repositoryId__items_scopePath-_folderPath__recursionLevel-OneLevel.json",
        "{shop}/items",
        {"recursionLevel": "oneLevel", "scopePath": "/src"},
    ),
    ("pushes/GET__git_repositories__repositoryId__pushes.json", "{shop}/pushes", {}),
    (
        "pushes/GET__git_repositories__repositoryId__pushes_refName-_refName__includeRefUpdates-true.json",
        "{shop}/pushes",
        {"searchCriteria.includeRefUpdates": "true"},
    ),
    (
        "pushes/GET__git_repositories__repositoryId__pushes__pushId_.json",
        "{shop}/pushes/{push}",
        {},
    ),
    (
        "branchStats/GET__git_repositories__repositoryId__stats_branches.json",
        "{shop}/stats/branches",
        {},
    ),
    (
        "pullRequests/GET__git_pullRequests.json",
        "git/pullrequests",
        {"searchCriteria.status": "all"},
    ),
    (
        "pullRequests/GET__git_repositories__repositoryId__pullRequests_status-completed.json",
        "{shop}/pullrequests",
        {"searchCriteria.status": "completed"},
    ),
    (
        "pullRequests/GET__git_repositories__repositoryId__pullRequests__pullRequestId_.json",
        "git/pullrequests/2",
        {},
    ),
    (
        "pullRequestReviewers/GET__git_repositories__repositoryId__pullRequests__pullRequestId__reviewers.json",
        "{shop}/pullrequests/2/reviewers",
        {},
    ),
]


@pytest.mark.parametrize(
    ("example", "route", "query"), CASES, ids=[case[0].partition(".")[0] for case in CASES]
)
def test_answer_has_every_field_that_is_recorded(
    stories: Api, example: str, route: str, query: dict[str, Any]
) -> None:
    sample = stories.sample
    one = sample.repository("shop")
    route = route.format(
        shop=shop(sample),
        head=sample.head("shop", "main"),
        push=sample.organization.journal.of(one.id)[-1].id,
    )

    answer = stories.get(route, **query)

    assert lacking(answer, recorded(example)) == set()


def test_commits_of_a_batch_have_every_field_that_is_recorded(stories: Api) -> None:
    example = recorded("commitsBatch/POST__git_repositories__repositoryId__commitsBatch2.json")

    answer = stories.post(f"{shop(stories.sample)}/commitsbatch", {})

    assert lacking(answer, example) == set()


@pytest.mark.parametrize(
    ("example", "event_type"),
    [
        ("git.push-3.json", "git.push"),
        ("git.pullrequest.updated-2.json", "git.pullrequest.updated"),
        ("git.pullrequest.merged-2.json", "git.pullrequest.merged"),
    ],
)
def test_delivery_has_every_field_that_is_recorded(
    sample: SampleOrganization, api: Api, receiver: Any, example: str, event_type: str
) -> None:
    theirs = json.loads((EVENTS / example).read_text(encoding="utf-8"))
    subscription = {
        "publisherId": "tfs",
        "eventType": event_type,
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "consumerInputs": {"url": receiver.url, "messagesToSend": "none"},
    }
    sample.add_project("Pay", description="What customers pay with")
    sample.create_repository("Pay", "pay")
    sample.push("pay", "main", "PAY-1 First")
    sample.push("pay", "topic", "PAY-2 Second")
    number = sample.open_pull_request("pay", "topic", "PAY-2", description="Second")
    sample.vote(number, 10, by="Team lead")
    api.post("hooks/subscriptions", subscription)

    sample.complete(number, strategy="squash")
    sample.wait_for_deliveries()

    body = receiver.bodies[-1]
    missing = lacking(body, theirs)
    # "scope" is in old deliveries only.
    assert missing - {".scope"} == set()
    assert set(body) - set(theirs) == set()
