from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from devhost.sample_organization import Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import Clock, SampleOrganization
    from devhost.sample_organization.faults import Faults
    from tests.devhost.sample_organization.conftest import Api

REFS = Where(route="repositories/{repositoryId}/refs")


def test_throttle_is_429_with_its_headers_for_so_many_calls(
    sample: SampleOrganization, api: Api
) -> None:
    sample.faults.throttle(times=2, retry_after=7)

    answers = [api.call("GET", "projects") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].headers["X-RateLimit-Remaining"] == "0"
    assert answers[0].json()["message"].startswith("TF400733")


def test_throttle_may_come_bare_after_some_calls(sample: SampleOrganization, api: Api) -> None:
    sample.faults.throttle(retry_after=None, after=1)

    answers = [api.call("GET", "projects") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert "Retry-After" not in answers[1].headers


def test_throttle_ends_at_its_moment(sample: SampleOrganization, api: Api, clock: Clock) -> None:
    sample.faults.throttle(until=clock.now() + timedelta(minutes=5))

    during = [api.call("GET", "projects").status_code for _ in range(2)]
    clock.advance(timedelta(minutes=5))

    assert during == [429, 429]
    assert api.call("GET", "projects").status_code == 200


def test_good_answer_may_ask_to_wait(sample: SampleOrganization, api: Api) -> None:
    sample.faults.slow_down(retry_after=9)

    answer = api.call("GET", "projects")

    assert (answer.status_code, answer.headers["Retry-After"]) == (200, "9")
    assert answer.json()["count"] == 1


@pytest.mark.parametrize(
    ("order", "status", "content_type", "beginning"),
    [
        (lambda faults: faults.outage(), 503, "text/html", "<!DOCTYPE html>"),
        (lambda faults: faults.html(), 200, "text/html", "<!DOCTYPE html>"),
        (lambda faults: faults.empty_body(), 200, "application/json", ""),
        (lambda faults: faults.cut_json(), 200, "application/json", '{"count":1'),
        (
            lambda faults: faults.refuse(403, "AccessDeniedException", "VS403463: No."),
            403,
            "application/json",
            '{"$id":"1"',
        ),
    ],
)
def test_answer_is_spoilt_once(
    sample: SampleOrganization,
    api: Api,
    order: Callable[[Faults], None],
    status: int,
    content_type: str,
    beginning: str,
) -> None:
    whole = api.call("GET", "projects").text
    order(sample.faults)

    answer = api.call("GET", "projects")

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.text.startswith(beginning)
    assert answer.text != whole
    assert api.call("GET", "projects").text == whole


def test_fault_meets_only_the_calls_that_it_is_meant_for(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    other = sample.create_repository("Shop", "other").id
    mine = sample.repository("web").id
    sample.faults.outage(times=None, where=Where(REFS.route, "GET", mine))

    found = [
        api.call("GET", "projects").status_code,
        api.call("GET", f"git/repositories/{other}/refs").status_code,
        api.call("POST", f"{web}/refs", []).status_code,
        api.call("GET", f"{web}/refs").status_code,
    ]

    assert found == [200, 200, 200, 503]
    sample.faults.clear()
    assert api.call("GET", f"{web}/refs").status_code == 200


def test_slow_answer_does_not_hold_up_the_end(sample: SampleOrganization, api: Api) -> None:
    sample.faults.slow(seconds=60, where=REFS)
    started = time.monotonic()

    answer = api.call("GET", "projects")
    sample.faults.stop()
    late = api.call("GET", f"git/repositories/{sample.repository('web').id}/refs")

    assert (answer.status_code, late.status_code) == (200, 200)
    assert time.monotonic() - started < 30


def test_git_is_struck_too(sample: SampleOrganization, api: Api) -> None:
    sample.faults.outage(where=Where(route="info/refs"))

    url = f"{sample.url}/Shop/_git/web/info/refs?service=git-upload-pack"
    answers = [api.session.get(url, timeout=10).status_code for _ in range(2)]

    assert answers == [503, 200]


def test_anything_at_all_may_be_answered(sample: SampleOrganization, api: Api) -> None:
    sample.faults.answer(
        418, b"<html>", content_type="text/html", headers={"X-Odd": "1"}, where=REFS
    )

    other = api.call("GET", "projects")
    answer = api.call("GET", f"git/repositories/{sample.repository('web').id}/refs")

    assert other.status_code == 200
    assert (answer.status_code, answer.text, answer.headers["X-Odd"]) == (418, "<html>", "1")
    assert answer.headers["Content-Type"] == "text/html"


def test_connection_may_be_closed_in_mid_answer(sample: SampleOrganization, api: Api) -> None:
    sample.faults.reset(times=1, after=1)

    before = api.call("GET", "projects")
    with pytest.raises(requests.RequestException):
        api.call("GET", "projects")
    after = api.call("GET", "projects")

    assert [before.status_code, after.status_code] == [200, 200]
