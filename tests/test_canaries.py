"""No secret leaves where it belongs: an installation lives through a day, and everything is read.

Input 66 of the list of hostile and broken inputs.
"""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest
from msgspec import Struct
from msgspec.structs import fields

from tests.canaries import Canaries, stored
from tests.seeded_day import ECHO, OF_PAGES, live
from tests.seeded_life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES: Final = (
    "admin_console",
    "index_worker",
    "links_api",
    "oauth_callback",
    "reindex_timer",
    "shared",
    "webhook_handler",
)
SHOWN: Final = {
    "session": {"POST console/sign-in/code"},
    "API token": {"POST tokens"},
    "API token, by a form": {"POST console/tokens"},
    "webhook password, rotated": {"POST integrations/{integration_id}/webhook/rotate"},
    "webhook password, rotated by a form": {
        "POST page integrations/{integration_id}/webhook/rotate"
    },
    "cookie of a flow": {"POST oauth/start"},
    "state of a flow": {"POST oauth/start"},
}
"""Where a secret is handed out, the one time that it is: to whoever it is for."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Return an installation that has lived through its day."""
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        made = Life(tmp_path_factory.mktemp("life"), running, patch)
        live(made)
        yield made


@pytest.mark.azurite
def test_no_secret_is_in_any_line_of_any_log(life: Life) -> None:
    told = {line: found for line in life.listener.lines if (found := life.canaries.within(line))}

    assert told == {}
    assert {line.partition(":")[0].partition(".")[0] for line in life.listener.lines} >= {
        "azure",
        "paramiko",
        "shared",
        "urllib3",
    }


@pytest.mark.azurite
def test_no_secret_is_answered_but_where_it_is_handed_out(life: Life) -> None:
    told = {
        (seen.label, name)
        for seen in life.app.seen
        for name in life.canaries.within(seen.text)
        if seen.label not in SHOWN.get(name, {ECHO})
        if not (name == OF_PAGES and is_page(seen.label))
    }

    assert told == set()


def is_page(label: str) -> bool:
    return label.startswith(("GET page ", "POST page ", "POST console/"))


@pytest.mark.azurite
@pytest.mark.parametrize("name", SHOWN)
def test_secret_that_is_handed_out_is_handed_out_there(life: Life, name: str) -> None:
    """Else a row of `SHOWN` would excuse what nobody meant, or a canary would not sing."""
    where = {seen.label for seen in life.app.seen if name in life.canaries.within(seen.text)}

    assert where == SHOWN[name]


@pytest.mark.azurite
def test_no_secret_is_stored_but_sealed(life: Life) -> None:
    rows = list(stored(life.azurite.connection_string))

    told = {(where, name) for where, content in rows for name in life.canaries.within(content)}

    assert told == set()
    everything = b"".join(content for _, content in rows)
    # What is sealed, what is compressed and what waits in a queue was read as well.
    assert all(known in everything for known in (b"v1.k2.", b'"git.push"', b'"reason"'))


@pytest.mark.azurite
def test_no_secret_is_in_a_job_or_in_what_is_raised(life: Life) -> None:
    assert [text for text in life.raised if life.canaries.within(text)] == []
    assert [job for job in life.jobs.done if life.canaries.within(repr(job))] == []
    assert life.raised


@pytest.mark.azurite
def test_every_route_and_page_was_read(life: Life) -> None:
    """A new one may need a row in `Life.parts`, which tells what stands in its path."""
    read = {seen.label for seen in life.app.seen if seen.status == 200}

    routes = {f"GET {route}" for route in life.app.readable if "*" not in route}
    pages = {f"GET page {path}" for path in life.pages}

    # The browser comes back with a form; with an address alone it is refused.
    assert (routes | pages) - read == {"GET oauth/callback"}


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "Basic {}",
        "a{}b",
        "%7B{}",
    ],
)
def test_secret_is_recognised_within_other_text(written: str) -> None:
    canaries = Canaries()
    secret = canaries.seed("password", "canary word/with+signs=äß")

    assert canaries.within(written.format(secret)) == {"password"}
    assert canaries.within(written.format("canary word")) == set()


@pytest.mark.parametrize("offset", range(4))
def test_secret_is_recognised_however_it_is_encoded(offset: int) -> None:
    canaries = Canaries()
    secret = canaries.seed("password", "canary word/with+signs=äß\n")
    longer = ("x" * offset + secret).encode()

    encodings = [
        base64.b64encode(longer),
        base64.urlsafe_b64encode(longer),
        longer.hex().encode(),
        quote(secret).encode(),
        json.dumps(secret).encode(),
    ]

    assert [canaries.within(content) for content in encodings] == [{"password"}] * 5


def structs() -> list[type[Struct]]:
    """Return every struct of what is deployed."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(
            importlib.import_module(package).__path__, f"{package}."
        ):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found, left = set(), [Struct]
    while left:
        below = left.pop().__subclasses__()
        left += below
        found |= {kind for kind in below if kind.__module__.partition(".")[0] in PACKAGES}
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


SECRET: Final = re.compile(
    r"(?:.*_)?(?:secret|password|token|cookie|code_verifier|private|certificate|flow)"
)
"""What a field is called that holds a secret."""
ALSO: Final = {
    "AccessToken": "text",
    "ClientSecret": "text",
    "Given": "text",
    "NewPassword": "text",
    "NewToken": "text",
    "RingKey": "key",
    "StorageAccount": "key",
    "Way": "value",
}
"""Fields whose name does not tell."""
NOT_SECRET: Final = {"Way": "cookie"}
"""Fields that only sound so: this is the name of a cookie."""


def test_value_does_not_show_its_secrets_when_it_is_printed() -> None:
    shown = {f"{kind.__module__}.{kind.__qualname__}": shown_by(kind) for kind in structs()}

    assert {name: secrets for name, secrets in shown.items() if secrets} == {}
    assert len(shown) > 200


def shown_by(kind: type[Struct]) -> set[str]:
    """Return the fields with a secret that the representation of a value shows."""
    values = {field.name: f"canary-of-{field.name}" for field in fields(kind)}
    held = {
        name
        for name in values
        if not name.startswith("sealed_")
        if SECRET.fullmatch(name) or ALSO.get(kind.__name__) == name
        if NOT_SECRET.get(kind.__name__) != name
    }
    printed = repr(kind(**values)) if held else ""
    return {name for name in held if f"canary-of-{name}'" in printed}
