"""The package runs under Microsoft's Python worker, from a folder that holds nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization, tell_stories
from infra.package import SITE_PACKAGES
from shared import bootstrap
from shared.messages import Job
from shared.model import ProjectId, RepositoryId
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from tests.devhost import conformance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

if reason := conformance.why_not():
    pytest.skip(reason, allow_module_level=True)

# Not before: it skips itself as well, which would leave half a module behind.
from tests.devhost.test_app_conformance import connect, job, jobs_in, links

pytestmark = [pytest.mark.azurite, pytest.mark.system]

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import runpy, sys
sys.path.append({site_packages!r})
runpy.run_path({worker!r}, run_name="__main__")
"""


def run(folder: Path, steps: Sequence[dict[str, Any]], settings: Mapping[str, str]) -> Any:
    """Return what the worker in the package makes of *steps*.

    Python sees its own library and the package, neither this tree nor this environment (-I -S).
    """
    worker = ROOT / "tests" / "devhost" / "worker_side.py"
    code = WORKER.format(site_packages=str(folder / SITE_PACKAGES), worker=str(worker))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code],
        cwd=folder,
        input=json.dumps({"folder": str(folder), "steps": list(steps)}),
        env={"PATH": os.defpath, "TZ": "UTC", **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Ran:
    """What came of the steps, by name, and the jobs that they left."""

    def __init__(self, made: Any, names: Sequence[str], jobs: list[Job]) -> None:
        self.functions: dict[str, Any] = made["functions"]
        self.outcomes = dict(zip(names, made["outcomes"], strict=True))
        self.jobs = jobs


@pytest.fixture(scope="module")
def ran(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Return what the package did with a sample organization that was connected beforehand."""
    sample = SampleOrganization(tmp_path_factory.mktemp("sample"))
    tell_stories(sample)
    key_ring = tmp_path_factory.mktemp("keys") / "key_ring.json"
    make_key_ring(key_ring)
    with sample, Azurite.start() as azurite:
        settings = {
            "AzureWebJobsStorage": azurite.connection_string,
            "AZURE_DEVOPS_URL": sample.base_url,
            "LOCAL_KEY_RING": str(key_ring),
        }
        services = bootstrap.build(read_settings(settings))
        integration, token = connect(services, sample)
        jobs_in(azurite)
        bearer = {"authorization": f"Bearer {token}"}
        shop = sample.repository("shop")
        first = Job(integration, "first", repository=RepositoryId(shop.id))
        pull_requests = Job(integration, "due", project=ProjectId(shop.project_id))
        key = {"issue_key": "PAY-101"}
        steps = {
            "health": conformance.http("get_health"),
            "description": conformance.http("get_openapi"),
            "page": conformance.http("console_page", params={"path": "sign-in"}),
            "file": conformance.http("console_file", params={"name": "console.css"}),
            "refused": conformance.http("get_links", params=key),
            "tick": conformance.timer("reindex_timer"),
            "discover": job("index_reindex", Job(integration, "discover")),
            "index": job("index_history", first),
            "pull_requests": job("index_reindex", pull_requests),
            "unreadable": conformance.queue("index_hooks", "unreadable"),
            "given_up": conformance.queue("give_up_hooks", "unreadable"),
            "links": conformance.http("get_links", params=key, headers=bearer),
        }
        made = run(unpacked, list(steps.values()), settings)
        assert "refused" not in made, made["refused"]
        yield Ran(made, list(steps), jobs_in(azurite))


def test_the_functions_of_the_package_are_those_of_the_tree(ran: Ran) -> None:
    tree, _ = conformance.compare(ROOT)

    assert ran.functions == tree.functions
    assert {"reindex_timer", "index_history", "receive_webhook"} < set(ran.functions)


@pytest.mark.parametrize(
    ("step", "status"),
    [("health", 200), ("description", 200), ("page", 200), ("file", 200), ("refused", 401)],
)
def test_requests_are_answered(ran: Ran, step: str, status: int) -> None:
    assert ran.outcomes[step]["status"] == status, ran.outcomes[step]


def test_templates_and_static_files_come_along(ran: Ran) -> None:
    page, file = (bytes.fromhex(ran.outcomes[it]["body"]) for it in ("page", "file"))

    assert b"Sign in" in page
    assert file == (ROOT / "admin_console" / "static" / "console.css").read_bytes()


def test_the_timer_enqueues_what_is_due(ran: Ran) -> None:
    assert ran.outcomes["tick"] == {"done": True}
    assert "discover" in {it.reason for it in ran.jobs}


@pytest.mark.parametrize("step", ["discover", "index", "pull_requests", "unreadable", "given_up"])
def test_messages_are_worked_on(ran: Ran, step: str) -> None:
    assert ran.outcomes[step] == {"done": True}


def test_what_was_indexed_is_answered(ran: Ran) -> None:
    assert {it["kind"] for it in links(ran.outcomes["links"])} == {
        "branch",
        "pull_request",
        "commit",
    }
