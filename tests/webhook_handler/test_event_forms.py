"""Each form that an event may come in has its answer and its effect."""

from __future__ import annotations

from typing import Final

import pytest

from tests.shared.git_hosts.azure_devops.payloads import PAYLOADS, changed, payload
from tests.webhook_handler.effects import (
    ALL_BRANCHES,
    ALL_PULL_REQUESTS,
    BRANCHES,
    BUILD,
    COMMENT,
    LISTED,
    NO_BRANCH,
    TEST,
    WORK_ITEM,
    WORK_ITEM_COMMENT,
    Effect,
    receive,
)

EFFECTS: Final[dict[str, Effect]] = {
    "build.complete__succeeded": (202, "ignored", BUILD),
    "git.pullrequest.created__draft": (202, "accepted", "read pull request 7"),
    "git.pullrequest.merged__completed": (202, "accepted", "read pull request 7"),
    "git.pullrequest.merged__conflicts": (202, "accepted", "read pull request 7"),
    "git.pullrequest.updated__details_minimal": (202, "accepted", "read pull request 7"),
    "git.pullrequest.updated__details_none": (202, "done", ALL_PULL_REQUESTS),
    "git.pullrequest.updated__server_without_account": (202, "accepted", "read pull request 7"),
    "git.pullrequest.updated__vote": (202, "accepted", "read pull request 7"),
    "git.push__branch_created": (
        202,
        "accepted",
        "index refs/heads/feature/PAY-9-gifts with 2 commits",
    ),
    "git.push__branch_created_without_commits": (
        202,
        "accepted",
        "index refs/heads/feature/PAY-4-vouchers with 0 commits",
    ),
    "git.push__branch_deleted": (
        202,
        "accepted",
        "index refs/heads/feature/PAY-4-vouchers with 0 commits",
    ),
    "git.push__branch_forced": (202, "accepted", "index refs/heads/main with 1 commits"),
    "git.push__branch_updated": (202, "accepted", "index refs/heads/main with 2 commits"),
    "git.push__details_minimal": (202, "accepted", BRANCHES),
    "git.push__details_none": (202, "done", ALL_BRANCHES),
    "git.push__old_urls_default_collection": (
        202,
        "accepted",
        "index refs/heads/main with 2 commits",
    ),
    "git.push__sender_s_test": (200, "ignored", TEST),
    "git.push__server_without_account": (202, "accepted", "index refs/heads/main with 1 commits"),
    "git.push__several_refs": (
        202,
        "accepted",
        "index refs/heads/main, refs/heads/old, refs/tags/v1 with 1 commits",
    ),
    "git.push__tag_created": (202, "ignored", NO_BRANCH),
    "git.push__tag_deleted": (202, "ignored", NO_BRANCH),
    "git.repo.created__details_none": (202, "done", LISTED),
    "git.repo.created__empty": (202, "done", LISTED),
    "git.repo.deleted__for_good": (202, "done", LISTED),
    "git.repo.deleted__to_recycle_bin": (202, "done", LISTED),
    "git.repo.forked__without_repository": (202, "done", LISTED),
    "git.repo.renamed__plain": (202, "done", LISTED),
    "git.repo.statuschanged__disabled": (202, "done", LISTED),
    "ms.vss-code.git-pullrequest-comment-event__comment": (202, "ignored", COMMENT),
    "workitem.commented__plain": (202, "ignored", WORK_ITEM_COMMENT),
    "workitem.created__plain": (202, "ignored", WORK_ITEM),
    "workitem.deleted__plain": (202, "ignored", WORK_ITEM),
    "workitem.restored__plain": (202, "ignored", WORK_ITEM),
    "workitem.updated__plain": (202, "ignored", WORK_ITEM),
}
A_NEW_REPOSITORY = "git.push__sender_s_test_with_a_subscription"
ANOTHER = "99999999-cccc-4000-8000-000000000001"


@pytest.mark.parametrize(("name", "effect"), EFFECTS.items(), ids=EFFECTS)
def test_every_form_of_an_event_has_its_answer_and_its_effect(name: str, effect: Effect) -> None:
    assert receive(payload(name)) == effect


def test_effect_of_every_form_is_known() -> None:
    assert {path.stem for path in PAYLOADS.iterdir()} == {*EFFECTS, A_NEW_REPOSITORY}


@pytest.mark.parametrize(
    "body",
    [
        payload(A_NEW_REPOSITORY),
        payload("git.push__branch_updated"),
        payload("git.push__details_minimal"),
        payload("git.pullrequest.created__draft"),
    ],
    ids=["test of a subscription", "push", "push without details", "pull request"],
)
def test_event_of_an_unknown_repository_of_a_known_project_has_repositories_listed(
    body: bytes,
) -> None:
    assert receive(body, repository=ANOTHER) == (202, "done", LISTED)


def test_push_that_names_no_project_is_one_of_its_repository_all_the_same() -> None:
    nowhere = {"collection": {"id": "11111111-aaaa-4000-8000-000000000001"}}
    body = changed("git.push__branch_updated", resourceContainers=nowhere)

    assert receive(body)[1:] == ("accepted", "index refs/heads/main with 2 commits")
