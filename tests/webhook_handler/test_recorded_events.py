"""Events that Azure DevOps sent to others, or that its documentation shows, have their effect.

They belong to others and are kept beside this project, never inside it.
"""

from __future__ import annotations

from typing import Final

import pytest

from bench.recorded import data_folder
from tests.webhook_handler.effects import (
    ALL_BRANCHES,
    BRANCHES,
    BUILD,
    COMMENT,
    LISTED,
    NO_BRANCH,
    TEST,
    WORK_ITEM_COMMENT,
    Effect,
    receive,
)

RECORDED: Final = data_folder("azure-devops") / "events"

EFFECTS: Final[dict[str, Effect]] = {
    "argo-cd/applicationset_azuredevops-pull-request.json": (
        202,
        "accepted",
        "read pull request 1",
    ),
    "argo-cd/applicationset_azuredevops-push.json": (
        202,
        "accepted",
        "index refs/heads/master with 1 commits",
    ),
    "dependabot-azdo/git-pullrequest-comment-event-1.json": (202, "ignored", COMMENT),
    "dependabot-azdo/git-pullrequest-comment-event-2.json": (202, "ignored", COMMENT),
    "dependabot-azdo/git.pullrequest.merged-1.json": (202, "accepted", "read pull request 1"),
    "dependabot-azdo/git.pullrequest.merged-2.json": (202, "accepted", "read pull request 22568"),
    "dependabot-azdo/git.pullrequest.updated-1.json": (202, "accepted", "read pull request 1"),
    "dependabot-azdo/git.pullrequest.updated-2.json": (202, "accepted", "read pull request 22568"),
    "dependabot-azdo/git.push-1.json": (202, "accepted", "index refs/heads/master with 1 commits"),
    "dependabot-azdo/git.push-2.json": (
        202,
        "accepted",
        "index refs/heads/dependabot/npm_and_yarn/webpack-merge-5.7.3 with 1 commits",
    ),
    "dependabot-azdo/git.push-3.json": (202, "accepted", "index refs/heads/main with 2 commits"),
    "drone-go-scm/issue_comment.json": (200, "ignored", TEST),
    "drone-go-scm/issue_comment_delete.json": (200, "ignored", TEST),
    "drone-go-scm/issue_comment_edit.json": (200, "ignored", TEST),
    "drone-go-scm/pr_created.json": (202, "accepted", "read pull request 1"),
    "drone-go-scm/pr_merged.json": (202, "accepted", "read pull request 1"),
    "drone-go-scm/pr_updated.json": (202, "accepted", "read pull request 1"),
    "drone-go-scm/push.json": (202, "accepted", "index refs/heads/master with 1 commits"),
    "go-azuredevops/git-pullrequest-comment-event-v1.json": (200, "ignored", TEST),
    "go-azuredevops/git-pullrequest-comment-event-v2.json": (200, "ignored", TEST),
    "go-azuredevops/git.pullrequest.created_test.json": (202, "accepted", "read pull request 1"),
    "go-azuredevops/git.pullrequest.merged_test.json": (202, "accepted", "read pull request 1"),
    "go-azuredevops/git.pullrequest.updated_test.json": (202, "accepted", "read pull request 1"),
    "go-azuredevops/git.push_test.json": (
        202,
        "accepted",
        "index refs/heads/master with 1 commits",
    ),
    "go-azuredevops/workitem.commented_test.json": (202, "ignored", WORK_ITEM_COMMENT),
    "go-playground-webhooks/build.complete.json": (202, "ignored", BUILD),
    "go-playground-webhooks/git.pullrequest.created.json": (202, "accepted", "read pull request 1"),
    "go-playground-webhooks/git.pullrequest.merged.json": (202, "accepted", "read pull request 1"),
    "go-playground-webhooks/git.pullrequest.updated.json": (202, "accepted", "read pull request 1"),
    "go-playground-webhooks/git.push.json": (
        202,
        "accepted",
        "index refs/heads/main with 1 commits",
    ),
    "jenkins-x-go-scm/issue_comment.json": (200, "ignored", TEST),
    "jenkins-x-go-scm/issue_comment_delete.json": (200, "ignored", TEST),
    "jenkins-x-go-scm/issue_comment_edit.json": (200, "ignored", TEST),
    "jenkins-x-go-scm/pr_created.json": (202, "accepted", "read pull request 1"),
    "jenkins-x-go-scm/pr_merged.json": (202, "accepted", "read pull request 1"),
    "jenkins-x-go-scm/pr_updated.json": (202, "accepted", "read pull request 1"),
    "jenkins-x-go-scm/push.json": (202, "accepted", "index refs/heads/master with 1 commits"),
    "synthetic/git.push.multi-ref.json": (
        202,
        "accepted",
        "index refs/heads/dev, refs/heads/feature/ABC-123, refs/heads/old with 0 commits",
    ),
    "synthetic/git.push.resourceDetails-minimal.json": (202, "accepted", BRANCHES),
    "synthetic/git.push.resourceDetails-none.json": (202, "done", ALL_BRANCHES),
    "synthetic/git.push.tag-create.json": (202, "ignored", NO_BRANCH),
    "synthetic/git.push.tag-delete.json": (202, "ignored", NO_BRANCH),
    "synthetic/git.repo.forked.json": (202, "done", LISTED),
    "synthetic/git.repo.statuschanged.json": (202, "done", LISTED),
}

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"there are no recorded events in {RECORDED}"
)


@pytest.mark.parametrize(("name", "effect"), EFFECTS.items(), ids=EFFECTS)
def test_recorded_event_has_its_answer_and_its_effect(name: str, effect: Effect) -> None:
    assert receive((RECORDED / name).read_bytes()) == effect


def test_effect_of_every_recorded_event_is_known() -> None:
    names = {path.relative_to(RECORDED).as_posix() for path in RECORDED.rglob("*.json")}

    assert {name for name in names if "/subscription_" not in name} == set(EFFECTS)
