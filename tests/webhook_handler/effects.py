"""What a delivery does to an integration that has the project and the repository it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from shared.events import PullRequestEvent, PushEvent
from shared.hooks.processing import understand
from shared.model import ProjectId, Repository, RepositoryId, WebhookId
from shared.progress import DiscoveryRecord, RepositoryRecord
from shared.services import ONE_GROUP
from tests.webhook_handler.conftest import INTEGRATION, WEBHOOK, Receiver

if TYPE_CHECKING:
    from shared.hooks.processing import Understood

Effect = tuple[int, str, str]
"""The status of the answer, the state in the ledger, and the work or the ledger's reason."""

COMMENT = "events of type ms.vss-code.git-pullrequest-comment-event touch no link"
BUILD = "events of type build.complete touch no link"
WORK_ITEM = "work items are switched off"
WORK_ITEM_COMMENT = "events of type workitem.commented touch no link"
LISTED = "the repositories are listed again"
TEST = "A test of the service hook: it arrived."
NO_BRANCH = "the push moved no branch"
BRANCHES = "read the repository's branches"
ALL_BRANCHES = "it does not say what changed: the branches of all repositories are read (1)"
ALL_PULL_REQUESTS = "it does not say what changed: the pull requests of all projects are read (1)"


class Ours(Receiver):
    """A receiver for an integration that has the project and the repository of a body."""

    def __init__(self, body: dict[str, Any], *, repository: str = "") -> None:
        """Have the repository of a body, or another one."""
        super().__init__()
        services = self.installation.services
        project, found = (
            ProjectId(_project_of(body)),
            RepositoryId(_repository_of(body, repository)),
        )
        record = RepositoryRecord(
            Repository(found, "shop", project, "Web shop", "contoso", "https://x")
        )
        services.repositories.put(INTEGRATION, found, record)
        known = {project: "contoso"}
        services.discoveries.put(ONE_GROUP, INTEGRATION, DiscoveryRecord(known, known))

    def effect(self) -> str:
        """Return what the delivery that was received makes a worker do."""
        integration = replace(
            self.installation.integration(INTEGRATION), webhook_id=WebhookId(WEBHOOK)
        )
        understood = None
        if self.jobs:
            understood = understand(self.installation.services, integration, self.jobs.pop())
        if understood is not None:
            return _work(understood)
        asked = [job.reason for job in self.installation.storage.queues.waiting["reindex"]]
        assert asked in ([], ["discover"], ["hook"])
        [kept] = self.kept
        return kept.detail


def _work(understood: Understood) -> str:
    event = understood.event
    if isinstance(event, PullRequestEvent):
        return f"read pull request {event.number}"
    if isinstance(event, PushEvent):
        moves = ", ".join(update.name for update in event.updates)
        return f"index {moves} with {len(event.commits)} commits"
    return BRANCHES


def _project_of(body: dict[str, Any]) -> str:
    named = body.get("resourceContainers", {}).get("project")
    return str((named or body["resource"]["repository"]["project"])["id"]).lower()


def _repository_of(body: dict[str, Any], other: str) -> str:
    """Return *other*, or the id of the repository that a body is about; any if it names none."""
    if other:
        return other
    resource = body.get("resource") or {}
    about = resource.get("pullRequest", resource)
    found = (about.get("repository") or {}).get("id") or about.get("repositoryId")
    if found is None and "/repositories/" in about.get("url", ""):
        found = about["url"].split("/repositories/")[1].split("/")[0]
    return str(found or "99999999-cccc-4000-8000-000000000001").lower()


def receive(content: bytes, *, repository: str = "") -> Effect:
    """Receive a body twice; return how it is answered the first time and what it does."""
    receiver = Ours(msgspec.json.decode(content), repository=repository)

    status = receiver.receive(content)
    assert receiver.receive(content) == 200, "the same again is answered well"
    assert len(receiver.kept) == 1
    while len(receiver.jobs) > 1:
        receiver.jobs.pop()
    effect = receiver.effect()
    [kept] = receiver.kept
    return status, kept.state, effect
