from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Where
from shared.errors import ForbiddenError, GitHostError, MalformedAnswerError
from shared.git_hosts.azure_devops import AzureDevOps
from shared.interfaces.git_host_family import Credential
from tests.devhost.sample_organization.specification import SPECS, check
from tests.shared.git_hosts.azure_devops.conftest import NOW, Scripted, good, project_of
from tests.shared.git_hosts.azure_devops.test_organization_hooks import PASSWORD

if TYPE_CHECKING:
    from datetime import datetime

    from devhost.sample_organization import Clock, SampleOrganization
    from shared.interfaces.answers import LostEvent
    from shared.interfaces.git_host import GitHost
    from shared.model import ProjectId

NOBODY = "http://localhost:9"
QUERY = Where(route="notificationsquery")


def subscribe(host: GitHost, project: ProjectId, url: str = NOBODY) -> str:
    return host.subscribe("git.push", project, url=url, user_name="devlinks", password=PASSWORD).id


def lose(sample: SampleOrganization, *messages: str) -> None:
    """Push a commit for each message, a minute apart, and let the deliveries be given up."""
    for message in messages:
        sample.push("web", "main", message)
        sample.clock.advance(timedelta(seconds=1))
    sample.let_time_pass(timedelta(minutes=5))


def ask(
    host: GitHost, hook: str, *, since: datetime, until: datetime, limit: int = 50
) -> list[LostEvent]:
    return host.lost_events([hook], since=since, until=until, limit=limit)


def messages(events: list[LostEvent]) -> set[str]:
    """Return what the commits of push events say."""
    bodies = [msgspec.json.decode(event.body) for event in events]
    return {c["comment"] for body in bodies for c in body["resource"]["commits"]}


def test_an_event_that_was_not_delivered_is_told_as_it_would_have_been(
    host: GitHost, family: AzureDevOps, sample: SampleOrganization, clock: Clock
) -> None:
    hook = subscribe(host, project_of(sample))
    lose(sample, "PAY-1 Lost")

    [event] = ask(host, hook, since=NOW, until=clock.now())

    assert event.failed_at == NOW
    read = family.read_event(event.body)
    [notification] = sample.organization.notifications.all()
    assert (read.id, read.event_type) == (notification.event_id, "git.push")
    assert messages([event]) == {"PAY-1 Lost"}
    assert PASSWORD.encode() not in event.body


def test_only_what_these_hooks_lost_in_that_time_is_told(
    host: GitHost, sample: SampleOrganization, clock: Clock
) -> None:
    hook, other = subscribe(host, project_of(sample)), subscribe(host, project_of(sample), NOBODY)
    lose(sample, "One", "Two", "Three")

    everything = ask(host, hook, since=NOW, until=clock.now())
    second = NOW + timedelta(seconds=1)
    middle = ask(host, hook, since=second, until=second + timedelta(milliseconds=500))
    few = ask(host, hook, since=NOW, until=clock.now(), limit=2)
    both = host.lost_events([hook, other], since=NOW, until=clock.now(), limit=50)

    assert messages(everything) == {"One", "Two", "Three"}
    assert messages(middle) == {"Two"}
    assert (len(few), len(both)) == (2, 6)


def test_without_hooks_nothing_is_asked(host: GitHost, sample: SampleOrganization) -> None:
    subscribe(host, project_of(sample))
    lose(sample, "One")
    sample.calls.reset()

    assert host.lost_events([], since=NOW, until=NOW + timedelta(hours=1), limit=5) == []
    assert len(sample.calls) == 0


def test_what_is_older_than_the_history_is_not_told(
    host: GitHost, sample: SampleOrganization, clock: Clock
) -> None:
    hook = subscribe(host, project_of(sample))
    lose(sample, "One")

    sample.let_time_pass(timedelta(days=8))

    assert ask(host, hook, since=NOW, until=clock.now()) == []


def scripted(clock: Clock, answers: Scripted) -> GitHost:
    """Return an organization that gives answers that are written down."""
    family = AzureDevOps(
        services_url=NOBODY, sessions=answers, clock=clock.now, wait=lambda _: None
    )
    return family.open("contoso", url="", credential=Credential("pat", "a" * 52))


@pytest.mark.skipif(not SPECS.is_dir(), reason="the specifications are not on this machine")
def test_the_history_is_asked_as_the_specification_says(clock: Clock) -> None:
    answers = Scripted(good(b'{"results": []}'))
    hooks = ["fd672255-8b6b-4769-9260-beea83d752ce", "c3a5ca12-a9ce-4b45-8a4b-1f9b2b4ee16d"]

    scripted(clock, answers).lost_events(hooks, since=NOW, until=NOW, limit=7)

    [body] = map(msgspec.json.decode, answers.bodies)
    check("hooks", "NotificationsQuery", body)
    assert body["subscriptionIds"] == sorted(hooks)
    assert (body["resultType"], body["maxResults"], body["includeDetails"]) == ("failed", 7, True)


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ("null", []),
        ("[]", []),
        ('[{AT, "result": "failed"}]', [b""]),
        ('[{AT, "result": "failed", "details": {"event": null}}]', [b""]),
        ('[{AT, "result": "failed", "details": {"event": {"id": "1"}}}]', [b'{"id": "1"}']),
        ('[{AT, "result": "succeeded"}]', []),
    ],
)
def test_answers_of_other_forms_are_read(clock: Clock, results: str, told: list[bytes]) -> None:
    results = results.replace("AT", '"createdDate": "2026-11-21T09:00:00.12Z"')
    host = scripted(clock, Scripted(good(f'{{"results": {results}}}'.encode())))

    found = ask(host, "1", since=NOW, until=NOW)

    assert [event.body for event in found] == told


def test_an_answer_that_cannot_be_read_is_an_error(clock: Clock) -> None:
    host = scripted(clock, Scripted(good(b'{"results": [{"createdDate": "yesterday"}]}')))

    with pytest.raises(MalformedAnswerError):
        ask(host, "1", since=NOW, until=NOW)


def test_a_history_that_fails_is_an_error_and_not_an_empty_list(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.faults.refuse(403, "AccessDeniedException", "No.", where=QUERY)
    with pytest.raises(ForbiddenError):
        ask(host, "1", since=NOW, until=NOW)

    sample.faults.html(times=None, where=QUERY)
    with pytest.raises(GitHostError):
        ask(host, "1", since=NOW, until=NOW)
