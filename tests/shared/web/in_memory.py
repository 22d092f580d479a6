"""An installation in memory, whose routes are called as the Functions host calls them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import azure.functions as func
import msgspec
from msgspec import Struct

import admin_console
import links_api
from devhost.http_request import read_path, read_query
from devhost.route_templates import Template
from devhost.routes import Route as HostRoute
from devhost.routes import RouteTable
from devhost.sample_organization import Clock
from shared import jobs, trackers
from shared.access import api_tokens
from shared.configuration import SCOPES
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.git_hosts.egress import Sessions
from shared.git_hosts.git import GitServer
from shared.hooks.subscriptions import password_purpose
from shared.services import ONE_GROUP, Services
from shared.storage.installation import MemoryStorage
from shared.storage.secrets import KeyRing, new_key
from shared.web.routes import answer

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration, Tracker
    from shared.interfaces.storage import Storage
    from shared.messages import Job
    from shared.web.routes import Route

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOWHERE = "http://localhost:9"
"""Where no git host answers."""

_ROUTES = RouteTable(
    HostRoute(route.name, Template(route.path, prefix="api"), frozenset({route.method}), route)
    for route in (*links_api.ROUTES, *admin_console.ROUTES)
)


class Answered(Struct, frozen=True):
    """A response, and what most tests ask of it."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    media_type: str

    @property
    def json(self) -> Any:
        """What the body says."""
        return msgspec.json.decode(self.body)

    @property
    def problem(self) -> tuple[int, str]:
        """The status and the code of a problem document."""
        assert self.media_type == "application/problem+json", self.body
        return self.status, self.json["code"]

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong with the request, by field."""
        assert self.problem == (400, "bad_request"), self.body
        fields: dict[str, str] = self.json["fields"]
        return fields


class Installation:
    """Services over storage in memory, a clock that is moved, and a caller who may do all."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        services_url: str = NOWHERE,
        public_url: str = "",
        elsewhere: Storage | None = None,
    ) -> None:
        """Keep everything *elsewhere* if that is given; then `storage` stays empty."""
        self.clock = clock or Clock(NOW, running=False)
        self.storage = MemoryStorage()
        self.services = Services.over(
            elsewhere or self.storage,
            vault=KeyRing([new_key("k1")]),
            git_hosts={
                "azure_devops": AzureDevOps(
                    services_url=services_url,
                    sessions=Sessions(),
                    clock=self.clock.now,
                    wait=lambda seconds: self.clock.advance(timedelta(seconds=seconds)),
                ),
                "azure_devops_server": AzureDevOpsServer(
                    egress=Egress(AllowList.read("localhost")),
                    clock=self.clock.now,
                    wait=lambda seconds: self.clock.advance(timedelta(seconds=seconds)),
                ),
                "git": GitServer(
                    services_url=services_url,
                    egress=Egress(AllowList.read("localhost")),
                    clock=self.clock.now,
                ),
            },
            clock=self.clock.now,
            public_url=public_url,
        )
        trackers.ensure_default_tracker(self.services)
        self.admin = api_tokens.create_token(self.services, name="Tests", scopes=SCOPES).text

    @property
    def tracker(self) -> Tracker:
        """The default tracker."""
        return trackers.tracker_record(self.services, "default").value

    def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Call a route, without the base `/api`; by default with the token that may do all.

        A *body* of bytes is sent as it is, any other as JSON.
        """
        path, _, query = target.partition("?")
        match = _ROUTES.find(method, read_path(f"/api/{path}"))
        assert match is not None, f"no route takes {method} {path}"
        return self.ask(
            match.target, body, path=match.values, query=query, token=token, headers=headers
        )

    def ask(
        self,
        route: Route,
        body: object = None,
        *,
        path: Mapping[str, str] | None = None,
        query: str = "",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Call any route, with the parts of its path decoded and its query as it is sent."""
        bearer = self.admin if token is None else token
        sent = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        content = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            content = msgspec.json.encode(body)
        request = func.HttpRequest(
            route.method,
            f"http://localhost/api/{route.path}?{query}",
            headers={**sent, **(headers or {})},
            params=read_query(query),
            route_params=path or {},
            body=content,
        )
        response: func.HttpResponse = answer(request, route, lambda: self.services)
        named = {name.lower(): value for name, value in response.headers.items()}
        return Answered(response.status_code, named, response.get_body(), response.mimetype)

    def token(self, *scopes: Any, **limits: Any) -> str:
        """Return a new token of *scopes*, limited as `api_tokens.create_token` has it."""
        return api_tokens.create_token(self.services, name="Plugin", scopes=scopes, **limits).text

    def connect(self, sample: SampleOrganization, **more: object) -> str:
        """Connect an organization, and return the integration's id; nothing is indexed yet."""
        made = self.call("POST", "integrations", integration_body(sample, **more))
        assert made.status == 201, made.body
        return str(made.json["id"])

    def integration(self, integration_id: str) -> Integration:
        """Return an integration as it is stored."""
        record = self.services.integrations.get(ONE_GROUP, integration_id)
        assert record is not None, "the integration is stored"
        return record.value

    def waiting(self) -> list[Job]:
        """Return the jobs that are enqueued."""
        return [job for jobs in self.storage.queues.waiting.values() for job in jobs]

    def work(self) -> None:
        """Do every job that waits, and what these leave behind; a second passes."""
        while (waiting := self.storage.queues.take()) is not None:
            queue, job = waiting
            jobs.run(self.services, queue, job, attempt=1)
        self.clock.advance(timedelta(seconds=1))

    def hook_credentials(self, integration_id: str) -> str:
        """Return the header that service hooks of an integration send."""
        webhook_id = self.integration(integration_id).webhook_id
        record = self.services.webhooks.get(ONE_GROUP, webhook_id)
        assert record is not None, "an integration has a webhook"
        purpose = password_purpose(record.value.integration)
        password = self.services.vault.open(record.value.sealed_passwords[0], purpose=purpose)
        return basic(record.value.user_name, password)


def integration_body(sample: SampleOrganization, **more: object) -> dict[str, object]:
    """Return the body that connects an organization; *more* is added to it, or replaces."""
    return {
        "name": "Contoso",
        "git_host": "azure_devops",
        "url": sample.url,
        "connection": {"kind": "pat", "token": sample.token},
        **more,
    }


def basic(user_name: str, password: str) -> str:
    """Return a header of basic authentication."""
    return "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()
