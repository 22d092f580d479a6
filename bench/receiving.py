"""R8: what the webhook handler adds to the two writes that it makes for a delivery."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import azure.functions as func
import msgspec

import webhook_handler
from bench.raw import RawConnection, rendered
from bench.reading import Counted
from bench.rounds import Round, measure, median_time
from shared.configuration import Webhook
from shared.hooks.subscriptions import password_purpose
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.stand import Stand

_TIMES: Final = 100
_ACCEPTED: Final = 202
_USER_NAME: Final = "devlinks"
_PASSWORD: Final = "of-the-length-that-ours-have-which-is-43-ch"
_ID: Final = "55555555-eeee-4000-8000-000000000001"
"""Stands in prepared bytes where each event has its own."""


def measure_receiving(stand: Stand, *, times: int = _TIMES) -> Counted:
    """Return R8: a push of three commits received, ÷ its row inserted and its message put.

    Every delivery is another event. The handler is called as the Functions host calls it, with
    its request in memory; the credentials are known, as they are but once a minute.
    """
    receive = _receiver(stand)
    stand.transport.taken()
    receive(_ID)
    writes = stand.transport.taken()
    insert, put = (rendered(request) for request in writes)
    with (
        RawConnection(stand.account.table_url) as table,
        RawConnection(stand.account.queue_url) as queue,
    ):

        def floor(prepared: bytes) -> None:
            table.exchange(prepared)
            queue.exchange(put)

        def one_round() -> Round:
            inserts = [insert.replace(_ID.encode(), i.encode()) for i in _new_ids(times)]
            return Round(_median_over(floor, inserts), _median_over(receive, list(_new_ids(times))))

        return Counted(measure(one_round), len(writes))


def _median_over(work: Callable[..., None], values: list[bytes] | list[str]) -> float:
    """Return the median of the seconds that *work* takes for each of the values."""
    left = iter(values)
    return median_time(lambda: work(next(left)), times=len(values))


def _receiver(stand: Stand) -> Callable[[str], None]:
    """Return a call that receives the event of an id; the first time has been."""
    webhook_id = uuid4().hex
    purpose = password_purpose(stand.integration.id)
    sealed = stand.services.vault.seal(_PASSWORD, purpose=purpose)
    webhook = Webhook(stand.integration.id, _USER_NAME, (sealed,))
    stand.services.webhooks.put(ONE_GROUP, webhook_id, webhook)
    credentials = base64.b64encode(f"{_USER_NAME}:{_PASSWORD}".encode()).decode()
    body = _push()

    def receive(event_id: str) -> None:
        request = func.HttpRequest(
            "POST",
            f"http://localhost/api/webhooks/{webhook_id}",
            headers={"Authorization": f"Basic {credentials}"},
            route_params={"webhook_id": webhook_id},
            body=body.replace(_ID.encode(), event_id.encode()),
        )
        response = webhook_handler.handle(request, stand.services)
        assert response.status_code == _ACCEPTED, response.status_code

    receive(str(uuid4()))
    return receive


def _new_ids(count: int) -> Iterator[str]:
    return (str(uuid4()) for _ in range(count))


def _push() -> bytes:
    """Return the body of a push in the form that Azure DevOps gives it, about 5 KB."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    api = "https://dev.azure.com/contoso/_apis"
    who = {"name": "Backend developer", "email": "backend@contoso.example", "date": now}
    repository = "0d5bb114-7bd9-4ae1-8554-aec3d164f94c"
    project = "9cea8cb0-1dd1-4358-8b27-a55fa170e4e9"
    shas = [f"{number:040x}" for number in range(1, 5)]
    commits = [
        {
            "commitId": sha,
            "author": who,
            "committer": who,
            "comment": f"PAY-{number} Keep the cart\n\n{'Why it was so. ' * 20}",
            "url": f"{api}/git/repositories/{repository}/commits/{sha}",
        }
        for number, sha in enumerate(shas[1:], 100)
    ]
    identity = {
        "displayName": "Backend developer",
        "url": f"{api}/Identities/{uuid4()}",
        "id": str(uuid4()),
        "uniqueName": "backend@contoso.example",
        "imageUrl": f"{api}/GraphProfile/MemberAvatars/aad.{'x' * 48}",
        "descriptor": f"aad.{'x' * 48}",
    }
    event = {
        "subscriptionId": str(uuid4()),
        "notificationId": 42,
        "id": _ID,
        "eventType": "git.push",
        "publisherId": "tfs",
        "message": None,
        "detailedMessage": None,
        "resource": {
            "commits": commits,
            "refUpdates": [
                {"name": "refs/heads/main", "oldObjectId": shas[0], "newObjectId": shas[-1]}
            ],
            "repository": {
                "id": repository,
                "name": "shop",
                "url": f"{api}/git/repositories/{repository}",
                "project": {
                    "id": project,
                    "name": "Shop",
                    "url": f"{api}/projects/{project}",
                    "state": "wellFormed",
                    "visibility": "unchanged",
                    "lastUpdateTime": "0001-01-01T00:00:00",
                },
                "defaultBranch": "refs/heads/main",
                "remoteUrl": "https://dev.azure.com/contoso/Shop/_git/shop",
            },
            "pushedBy": identity,
            "pushId": 142,
            "date": now,
            "url": f"{api}/git/repositories/{repository}/pushes/142",
        },
        "resourceVersion": "1.0",
        "resourceContainers": {
            name: {"id": str(uuid4()), "baseUrl": "https://dev.azure.com/contoso/"}
            for name in ("collection", "account", "project")
        },
        "createdDate": now,
    }
    return msgspec.json.encode(event)
