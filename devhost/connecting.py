"""Connect the sample organization as an admin would, over HTTP, and wait until it is indexed."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from devhost.errors import DevhostError
from shared.access import api_tokens, one_time_codes
from shared.bootstrap import services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devhost.installation import Installation
    from shared.configuration import Scope

_SECONDS = 1800.0
_EVERY = 0.2
_SETTLED = frozenset({"idle", "degraded"})


class ConnectingError(DevhostError):
    """The sample organization could not be connected or indexed."""

    code = "sample_not_indexed"
    exit_status = 10
    next_step = "The lines above tell what failed."


def new_token(*scopes: Scope, name: str) -> str:
    """Return a new API token of the installation of this process."""
    return api_tokens.create_token(services(), name=name, scopes=scopes).text


def console_link(installation: Installation) -> str:
    """Return an address that signs in to the console, once, within a quarter of an hour."""
    code = one_time_codes.make_code(services())
    return f"{installation.addresses.console}/sign-in#code={code}"


def connect_sample(installation: Installation, *, token: str) -> str:
    """Connect the sample organization, wait until all of it is indexed, and return its id."""
    sample = installation.sample
    assert sample is not None, "there is a sample to connect"
    made = call(
        "POST",
        f"{installation.host.api}/integrations",
        token=token,
        body={
            "name": "Sample",
            "git_host": "azure_devops",
            "url": sample.url,
            "connection": {"kind": "pat", "token": sample.token},
            "index": {"work_items": True},
        },
    )
    identifier = str(made["id"])
    _wait_until_indexed(f"{installation.host.api}/integrations/{identifier}", token=token)
    return identifier


def call(
    method: str, url: str, *, token: str, body: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Return the JSON answer to a request; raises ConnectingError with what a refusal says."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, method=method, data=content, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            found: dict[str, Any] = json.load(response)
            return found
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        raise ConnectingError(f"{method} {url} was answered {error.code}: {text}") from error


def _wait_until_indexed(url: str, *, token: str) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        status = call("GET", f"{url}/status", token=token)
        pull_requests = call("GET", f"{url}/repositories?limit=200", token=token)["repositories"]
        settled = all(
            row["kinds"]["pull_requests"]["state"] in {"idle", "failed"}
            for row in pull_requests
            if row["state"] not in {"left_out", "gone"}
        )
        if status["state"] in _SETTLED and settled:
            return
        threading.Event().wait(_EVERY)
    raise ConnectingError(f"The sample organization was not indexed in {_SECONDS:.0f} seconds.")
