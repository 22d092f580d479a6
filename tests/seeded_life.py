"""An installation with its settings, storage and git hosts, for secrets to be seeded in.

Its key vault and its identity server are at hand. Routes and pages are found by themselves; what
stands in their paths is a row of `Life.parts`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import shared.git_hosts.git_protocol.ssh_remote  # noqa: F401 — it quiets paramiko, once
from admin_console.pages.help_topics import TOPICS
from admin_console.pages.table import PAGES
from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization
from shared import bootstrap, jobs
from shared.configuration import DEFAULT_TRACKER
from shared.errors import DevlinksError
from shared.interfaces.identity import AccessToken, Begun, Granted, SignedIn
from shared.services import ONE_GROUP, SignIn
from shared.storage.memory import MemoryJobs
from tests.calling import HOST, App, Seen
from tests.canaries import Canaries, Listener
from tests.key_vault import KEY_URL, TOKEN, FakeKeyVault
from tests.serving_git import ServedRepository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

    import pytest

    from shared.messages import Job, QueueName
    from shared.services import Services

QUERIES = {"links": "issues=PAY-1,PAY-2"}
"""What routes have to be asked with."""


class FakeServer:
    """An identity server that gives out canaries."""

    def __init__(self, canaries: Canaries) -> None:
        self.state = canaries.seed("state of a flow", f"canary-state-{uuid4()}")
        self.flow = canaries.seed("flow", f"canary-verifier-{uuid4()}")
        self.code = canaries.seed("code of a flow", f"canary-code-{uuid4()}")
        self.access = canaries.seed("access token", f"canary-access-{uuid4()}")
        self.refresh_token = canaries.seed("refresh token", f"canary-refresh-{uuid4()}")
        self.app_token = canaries.seed("access token of an app", f"canary-app-{uuid4()}")

    def begin_sign_in(self, *, redirect_uri: str) -> Begun:
        return Begun(f"https://login.example/?state={self.state}", self.state, self.flow)

    def begin_grant(self, *, redirect_uri: str, login_hint: str = "") -> Begun:
        return self.begin_sign_in(redirect_uri=redirect_uri)

    def complete_sign_in(self, flow: str, answer: Mapping[str, str]) -> SignedIn:
        raise NotImplementedError

    def complete_grant(self, flow: str, answer: Mapping[str, str]) -> Granted:
        assert (flow, answer["code"]) == (self.flow, self.code)
        return self.refresh(self.refresh_token)

    def refresh(self, refresh_token: str) -> Granted:
        assert refresh_token == self.refresh_token
        # So soon over that each use of it is a refresh.
        until = bootstrap.utc_now() + timedelta(minutes=2)
        return Granted(self.refresh_token, self.access, until, "tenant", "admin@example.com")

    def token(self, kind: str, **secret: str) -> AccessToken:
        return AccessToken(self.app_token, bootstrap.utc_now() + timedelta(hours=1))


class TwoQueues(MemoryJobs):
    """Jobs that are put into storage, as ever, and also kept at hand to be done."""

    def __init__(self, real: Any) -> None:
        super().__init__()
        self._real = real
        self.done: list[Job] = []

    def put(self, queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        self.done.append(job)
        super().put(queue, job, delay=delay)
        self._real.put(queue, job, delay=delay)


class Life:
    """An installation over real storage and git hosts, and all that is seen of it."""

    def __init__(self, folder: Path, running: ExitStack, patch: pytest.MonkeyPatch) -> None:
        self.canaries = Canaries()
        self.sample = running.enter_context(SampleOrganization(folder / "sample"))
        self.repository = ServedRepository(folder / "served")
        self.azurite = running.enter_context(Azurite.start())
        self.vault = running.enter_context(FakeKeyVault())
        self.server = FakeServer(self.canaries)
        self.running = running
        self._set_up(patch)
        self.listener = running.enter_context(Listener())
        self.app = App()
        self.services: Services = bootstrap.services()
        self.jobs = TwoQueues(self.services.storage.jobs)
        patch.setattr(self.services.storage, "jobs", self.jobs)
        self.raised: list[str] = []
        self.bearer: dict[str, str] = {}
        """Of the admin's API token."""
        self.cookie = self.csrf = ""
        """Of the admin's session."""
        self.integrations: dict[str, str] = {}

    def _set_up(self, patch: pytest.MonkeyPatch) -> None:
        settings = {
            "AzureWebJobsStorage": self.azurite.connection_string,
            "KEY_VAULT_KEY_URL": KEY_URL,
            "AZURE_DEVOPS_URL": self.sample.base_url,
            "GIT_SERVER_ALLOWLIST": "localhost",
            "PUBLIC_URL": HOST,
        }
        for name in ("LOCAL_KEY_RING", "AZURE_DEVOPS_IDENTITY_URL"):
            patch.delenv(name, raising=False)
        for name, value in settings.items():
            patch.setenv(name, value)
        sign_in = SignIn(console_url=HOST, server=self.server, identities=self.server)
        patch.setattr(bootstrap, "key_vault", lambda url, credential: self.vault.key(url))
        patch.setattr(bootstrap, "_sign_in", lambda settings: sign_in)
        patch.setattr(bootstrap, "_wait", lambda seconds: None)
        bootstrap.services.cache_clear()
        self.running.callback(bootstrap.services.cache_clear)
        account_key = re.search("AccountKey=([^;]+)", self.azurite.connection_string)
        assert account_key is not None
        self.canaries.seed("key of the storage account", account_key[1])
        self.canaries.seed("token for the key vault", TOKEN)

    def walk(self) -> None:
        """Read every route and every page, as an admin and as a stranger."""
        routes = [r for r in self.app.readable if "*" not in r]
        for template in routes:
            for target in self._targets(template):
                asked = f"{target}?{QUERIES.get(template, '')}"
                self.app.call("GET", asked, headers=self.bearer)
                self.app.call("GET", asked)
        for template in self.pages:
            for target in self._targets(f"console/{template}".rstrip("/")):
                label = f"GET page {template}"
                self.app.call("GET", target, label=label, headers={"Cookie": self.cookie})
                self.app.call("GET", target, label=f"{label}, signed out")

    @property
    def pages(self) -> list[str]:
        """The path of every page, below the console."""
        return [page.path for page in PAGES if page.method == "GET"]

    def parts(self) -> dict[str, list[str]]:
        """Return what may stand in a path, by the name that its template has for it."""
        services = self.services
        return {
            "integration_id": list(self.integrations.values()),
            "id": list(self.integrations.values()),
            "issue_key": ["PAY-1", "PAY-2", "AB%231"],
            "tracker_id": [DEFAULT_TRACKER],
            "name": ["console.css"],
            "topic": list(TOPICS),
            "token_id": [record.key for record in services.tokens.list(ONE_GROUP)],
            "repository_id": [
                record.key
                for integration in self.integrations.values()
                for record in services.repositories.list(integration)
            ],
            "delivery_id": [
                delivery.id
                for record in services.webhooks.list(ONE_GROUP)
                for delivery in services.storage.deliveries.page(
                    record.key, now=services.clock(), limit=5
                )
            ],
        }

    def _targets(self, template: str) -> list[str]:
        names = re.findall(r"\{([a-z_]+)\}", template)
        known = self.parts()
        targets = [template]
        for name in names:
            values = [*known.get(name, []), "not-there"]
            targets = [t.replace(f"{{{name}}}", value) for t in targets for value in values]
        return targets

    def of(self, name: str) -> str:
        """Return the id of the integration that was connected under a name."""
        return self.integrations[name]

    def work(self) -> None:
        """Do what waits, each job once."""
        while (found := self.jobs.take()) is not None:
            try:
                jobs.run(self.services, *found, attempt=jobs.MOST_ATTEMPTS)
            except DevlinksError as error:
                self.raised.append(repr(error))

    def connect(self, name: str, server: str = "", **connection: str) -> Seen:
        """Connect the sample organization, or the repository of a git server."""
        body = {
            "git_host": "git" if server else "azure_devops",
            "url": f"{server}/acme/shop.git" if server else self.sample.url,
            "name": name,
            "connection": connection,
            "index": {"work_items": not server},
        }
        seen = self.call("POST", "integrations", body)
        if seen.status == 201:
            self.integrations[name] = seen.json["id"]
        return seen

    def call(self, method: str, target: str, body: object = None) -> Seen:
        """Return what a route answers to the admin."""
        return self.app.call(method, target, body, headers=self.bearer)
