from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def test_every_call_is_logged_with_route_status_and_repository(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    identifier = sample.repository("web").id

    api.call("GET", f"{web}/refs", filter="heads/")
    api.call("GET", "git/repositories/WEB", project="Shop")
    api.call("GET", f"{web}/commits/{'0' * 40}")
    api.call("GET", "nothing/here")

    logged = [(c.method, c.route, c.status, c.repository) for c in sample.calls]
    repository = "git/repositories/{repositoryId}"
    assert logged == [
        ("GET", f"{repository}/refs", 200, identifier),
        ("GET", repository, 200, "WEB"),
        ("GET", f"{repository}/commits/{{commitId}}", 404, identifier),
        ("GET", "", 404, ""),
    ]
    assert next(iter(sample.calls)).query == {"api-version": "7.1", "filter": "heads/"}


def test_calls_are_counted_by_route_and_forgotten_on_reset(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    for _ in range(3):
        api.call("GET", f"{web}/refs")
    api.call("POST", f"{web}/refs", [])

    assert len(sample.calls.to("/refs")) == 4
    assert len(sample.calls.to("/refs", method="GET")) == 3
    assert sample.calls.to("/refs", repository="another") == []
    assert sample.calls.by_route()["GET git/repositories/{repositoryId}/refs"] == 3
    sample.calls.reset()
    assert len(sample.calls) == 0


def test_what_people_do_is_no_call(sample: SampleOrganization) -> None:
    sample.push("web", "main", "PAY-1")

    assert len(sample.calls) == 0
