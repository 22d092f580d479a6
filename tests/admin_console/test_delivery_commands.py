"""An operator lists, replays and refills deliveries from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.installation import RunningInstallation
from tests.shared.web.in_memory import basic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Eventually

pytestmark = pytest.mark.azurite


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """Return an installation that has indexed the organization of the stories."""
    with RunningInstallation(tmp_path_factory.mktemp("devhost"), "--sample") as started:
        yield started


@pytest.fixture(scope="module")
def integration(running: RunningInstallation) -> str:
    return running.command("integration", "list").stdout.split()[0]


def test_deliveries_are_listed_replayed_and_refilled(
    running: RunningInstallation, integration: str, eventually: Eventually
) -> None:
    path = f"integrations/{integration}/webhook/rotate"
    webhook = running.call("POST", path).body
    body = {"id": "an-event", "eventType": "build.complete"}
    credentials = basic(webhook["user_name"], webhook["password"])
    url = webhook["url"].partition("/api/")[2]
    assert eventually(
        lambda: (
            running.call("POST", url, body, headers={"Authorization": credentials}).status < 300
        ),
        within=90,
    )

    def listed(*words: str) -> str:
        return running.command("deliveries", "list", integration, *words).stdout

    assert eventually(lambda: "  ignored     build.complete  " in listed())
    assert "events of type build.complete touch no link" in listed("--state", "ignored")
    assert listed("--state", "failed") == ""
    assert listed("--event-type", "git.push", "--state", "ignored") == ""
    delivery = next(word for word in listed().split() if word.endswith(".an-event"))
    one = running.command("deliveries", "replay", integration, delivery)
    some = running.command(
        "deliveries", "replay", integration, "--state", "done", "--from", "2026-01-01"
    )
    lost = running.command("deliveries", "refill", integration, "--since", "2026-01-01T01:00+01:00")
    assert one.stdout == f"{delivery} is processed again\n"
    assert some.stdout.startswith("done deliveries since 2026-01-01 00:00:00 UTC until ")
    assert lost.stdout == "what was not delivered since 2026-01-01 00:00:00 UTC is fetched\n"
    assert (one.returncode, some.returncode, lost.returncode) == (0, 0, 0)
    told = running.call("GET", "audit").body["entries"]
    assert [entry["by"]["kind"] for entry in told][:3] == ["operator"] * 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("list", "nothing"), "not_found"),
        (("replay", "nothing"), "not_found"),
        (("refill", "nothing"), "not_found"),
        (("replay", "{}", "no-such-delivery"), "not_found"),
        (("replay", "{}", "--from", "yesterday"), "bad_request"),
        (("refill", "{}", "--since", "soon"), "bad_request"),
    ],
)
def test_what_cannot_be_done_is_told_by_its_code(
    running: RunningInstallation, integration: str, words: tuple[str, ...], code: str
) -> None:
    done = running.command("deliveries", *(word.format(integration) for word in words))

    assert done.stdout == ""
    assert done.stderr.startswith(f"{code}: "), done.stderr
    assert done.returncode > 2
