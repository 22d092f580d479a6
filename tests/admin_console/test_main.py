from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from admin_console.__main__ import EXIT_STATUS
from shared.access import api_tokens
from shared.bootstrap import build
from shared.configuration import DEFAULT_TRACKER
from shared.errors import DevlinksError
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from tests.installation import ROOT, RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.azurite import Azurite
    from devhost.sample_organization import SampleOrganization

pytestmark = pytest.mark.azurite

Done = subprocess.CompletedProcess[str]
NOBODY = (
    "AccountName=a;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:1/a;"
    "QueueEndpoint=http://127.0.0.1:1/a"
)


class Shell:
    """Runs `python -m admin_console` in a folder, with the settings of an installation."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.settings = settings

    def run(self, *words: str, typed: str = "", **settings: str) -> Done:
        """Return what a command says and how it ends, with *typed* on its standard input."""
        kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.settings, **settings}
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "admin_console", *words],
            cwd=self.folder,
            env={name: value for name, value in kept.items() if value},
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def shell(tmp_path: Path, azurite: Azurite, sample: SampleOrganization) -> Shell:
    """Return a shell beside the storage emulator and a sample organization."""
    make_key_ring(tmp_path / "keys.json")
    return Shell(
        tmp_path,
        {
            "AzureWebJobsStorage": azurite.connection_string,
            "LOCAL_KEY_RING": str(tmp_path / "keys.json"),
            "AZURE_DEVOPS_URL": sample.base_url,
        },
    )


def ended_with(done: Done, code: str) -> bool:
    """Whether a command ended with an error: its status, and one line that begins with its code."""
    assert done.stdout == "", done.stdout
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.startswith(f"{code}: "), done.stderr
    return done.returncode == EXIT_STATUS[code]


def add(shell: Shell, sample: SampleOrganization, *, token: str = "") -> Done:
    return shell.run("integration", "add", "--url", sample.url, typed=f"{token or sample.token}\n")


def test_every_exit_status_is_its_own_and_of_an_error_that_there_is() -> None:
    def codes_below(kind: type[DevlinksError]) -> set[str]:
        return {kind.code}.union(*map(codes_below, kind.__subclasses__()))

    assert len(set(EXIT_STATUS.values())) == len(EXIT_STATUS)
    assert set(EXIT_STATUS) <= codes_below(DevlinksError)
    assert not {0, 1, 2} & set(EXIT_STATUS.values())


def test_token_is_printed_and_opens_what_it_may(shell: Shell) -> None:
    done = shell.run("token", "create", "--name", "Plugin", "--scopes", "links:read, code:read")

    assert (done.returncode, done.stderr) == (0, "")
    [text] = done.stdout.splitlines()
    services = build(read_settings(shell.settings))
    token = api_tokens.recognise(services, text)
    assert (token.name, token.scopes) == ("Plugin", ("links:read", "code:read"))
    assert token.tracker == DEFAULT_TRACKER


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--name", "x", "--scopes", "links:write"), "scopes"),
        (("--name", "x", "--scopes", "admin", "--tracker", "nothing"), "tracker"),
    ],
)
def test_token_that_makes_no_sense_is_refused_by_field(
    shell: Shell, words: tuple[str, ...], field: str
) -> None:
    done = shell.run("token", "create", *words)

    assert ended_with(done, "bad_request")
    assert f"  {field}: " in done.stderr


def test_integration_is_added_listed_and_shown(shell: Shell, sample: SampleOrganization) -> None:
    added = add(shell, sample)

    assert (added.returncode, added.stderr) == (0, "")
    [integration] = added.stdout.split()
    listed = shell.run("integration", "list").stdout
    assert f"{integration}  new              contoso  {sample.url}\n" in listed
    shown = shell.run("integration", "status", integration)
    assert shown.returncode == 0
    assert shown.stdout.startswith("contoso: new, 0 of 0 repositories done, 0 failed")
    assert "! no_public_url: " in shown.stdout
    asked = shell.run("reindex", integration)
    assert asked.returncode == 0
    assert asked.stdout.endswith("  0 repositories\n")


def test_integration_has_the_name_that_it_is_given(
    shell: Shell, sample: SampleOrganization
) -> None:
    words = ("integration", "add", "--url", sample.url, "--name", "Ours")
    integration = shell.run(*words, typed=sample.token).stdout.strip()

    listed = shell.run("integration", "list").stdout

    assert f"{integration}  new              Ours  {sample.url}\n" in listed


def test_server_that_cannot_be_called_is_added_without_a_token(shell: Shell) -> None:
    url = "https://tfs.example.com/tfs/Main"
    server = ("--url", url, "--git-host", "azure_devops_server")

    added = shell.run("integration", "add", *server, "--hooks-only")
    again = shell.run("reindex", added.stdout.strip())
    called = shell.run("integration", "add", *server, "--connection", "none")

    assert (added.returncode, added.stderr) == (0, "")
    assert ended_with(again, "hooks_only")
    assert ended_with(called, "bad_request")
    assert "  connection.kind: " in called.stderr


@pytest.mark.parametrize(
    ("code", "url", "typed"),
    [
        ("bad_request", "https://evil.example/contoso", "{token}"),
        ("signed_out", "{base}", "{token}"),
        ("bad_request", "{url}", "two words"),
        ("signed_out", "{url}", "wrong"),
        ("missing", "{base}/nowhere", "wrong"),
    ],
)
def test_integration_that_cannot_be_added_is_told_by_its_code(
    shell: Shell, sample: SampleOrganization, code: str, url: str, typed: str
) -> None:
    named = {"token": sample.token, "base": sample.base_url, "url": sample.url}

    done = shell.run(
        "integration", "add", "--url", url.format(**named), typed=typed.format(**named)
    )

    assert ended_with(done, code)
    assert sample.token not in done.stderr


def test_refusals_of_the_git_host_have_each_their_status(
    shell: Shell, sample: SampleOrganization
) -> None:
    faults = sample.faults

    faults.refuse(403, "AccessDenied", "VS403463: The conditional access policy")
    assert ended_with(add(shell, sample), "forbidden")
    faults.refuse(404, "NotFound", "TF200016: The project does not exist")
    assert ended_with(add(shell, sample), "missing")
    faults.throttle(retry_after=300)
    assert ended_with(add(shell, sample), "throttled")
    faults.outage(times=None)
    assert ended_with(add(shell, sample), "git_host_unavailable")
    faults.clear()
    faults.refuse(400, "VssPropertyValidationException", "No.")
    assert ended_with(add(shell, sample), "git_host_refused")
    faults.empty_body()
    assert ended_with(add(shell, sample), "git_host_answer_malformed")
    sample.deny(project="Shop")
    assert ended_with(add(shell, sample), "no_repositories")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("not_found", ("integration", "status", "nothing")),
        ("not_found", ("reindex", "nothing")),
        ("not_found", ("links", "PAY-1", "--tracker", "nothing")),
        ("bad_issue_key", ("links", "nonsense")),
    ],
)
def test_what_there_is_not_is_told_by_its_code(
    shell: Shell, code: str, words: tuple[str, ...]
) -> None:
    assert ended_with(shell.run(*words), code)


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("misconfigured", "AzureWebJobsStorage", ""),
        ("misconfigured", "AzureWebJobsStorage", "nonsense"),
        ("misconfigured", "LOCAL_KEY_RING", ""),
        ("misconfigured", "LOCAL_KEY_RING", "absent.json"),
        ("misconfigured", "PUBLIC_URL", "https://links.example.com/api"),
        ("storage_unavailable", "AzureWebJobsStorage", NOBODY),
    ],
)
def test_wrong_setting_is_told_by_its_name(shell: Shell, code: str, name: str, value: str) -> None:
    done = shell.run("integration", "list", **{name: value})

    assert ended_with(done, code)
    assert name in done.stderr


@pytest.mark.parametrize("words", [(), ("token", "create"), ("reindex", "x", "--force")])
def test_wrong_command_line_is_told_with_how_to_use_it(
    shell: Shell, words: tuple[str, ...]
) -> None:
    done = shell.run(*words)

    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m admin_console")


def test_help_is_given_without_settings(tmp_path: Path) -> None:
    done = Shell(tmp_path, {}).run("links", "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m admin_console")


def test_addresses_of_the_development_host_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / ".devhost.json").write_bytes(b'{"storage": 5}')

    done = Shell(tmp_path, {}).run("integration", "list")

    assert ended_with(done, "misconfigured")
    assert ".devhost.json" in done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    """Return an installation that has indexed the organization of the stories."""
    with RunningInstallation(tmp_path_factory.mktemp("devhost"), "--sample") as started:
        yield started


def test_links_of_an_issue_are_shown_a_line_each(running: RunningInstallation) -> None:
    done = running.command("links", "pay-101")

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(running.links("PAY-101"))
    assert lines[0].split() == ["branch", "shop", "feature/PAY-101-cart"]
    assert lines[1].startswith("pull_request  ")
    assert lines[1].endswith("  open      shop  Keep the cart")
    assert running.command("links", "PAY-4711").stdout == ""


def test_status_shows_each_repository_and_why_one_is_left_out(
    running: RunningInstallation,
) -> None:
    integration = running.command("integration", "list").stdout.split()[0]

    lines = running.command("integration", "status", integration).stdout.splitlines()

    assert lines[0].startswith("Sample: idle, 3 of 3 repositories done, 0 failed, ")
    rows = {line.split("  ")[-1].strip(): line for line in lines[1:]}
    assert "  idle " in rows["Web shop/shop"]
    assert "left_out (empty)" in rows["Sandbox/empty"]
    assert "left_out (disabled)" in rows["Sandbox/retired"]


def test_reindex_is_enqueued_for_all_for_one_and_for_what_failed(
    running: RunningInstallation,
) -> None:
    integration = running.command("integration", "list").stdout.split()[0]
    rows = running.command("integration", "status", integration).stdout.splitlines()
    shop = next(row.split()[0] for row in rows if row.endswith("/shop"))

    failed = running.command("reindex", integration, "--only-failed")
    one = running.command("reindex", integration, shop)

    assert failed.stdout.endswith("  0 repositories\n")
    assert one.stdout.endswith("  1 repositories\n")


def test_own_export_changes_nothing_when_it_is_imported(running: RunningInstallation) -> None:
    exported = running.command("export")
    (running.folder / "configuration.json").write_text(exported.stdout)

    checked = running.command("import", "configuration.json", "--check")
    done = running.command("import", "configuration.json")

    assert (exported.returncode, exported.stderr) == (0, "")
    assert running.addresses.sample_organization is not None
    assert running.addresses.sample_organization.token not in exported.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert checked.stdout == done.stdout
    assert done.stdout.endswith("0 made, 0 changed, 2 unchanged, 0 refused\n")


def test_link_that_signs_in_leads_to_the_console(running: RunningInstallation) -> None:
    done = running.command("sign-in-link")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{running.addresses.api}/console/sign-in#code=")


def test_what_operators_did_is_told(running: RunningInstallation) -> None:
    running.command("token", "create", "--name", "Noted", "--scopes", "links:read")

    done = running.command("audit", "--limit", "20")

    assert (done.returncode, done.stderr) == (0, "")
    assert any(
        "  operator " in line and "  token_created " in line and line.endswith(" Noted")
        for line in done.stdout.splitlines()
    )


def test_status_that_a_command_returns_is_that_of_the_process(
    shell: Shell, sample: SampleOrganization
) -> None:
    words = ("integration", "add", "--url", sample.url, "--test")

    good, bad = (shell.run(*words, typed=f"{token}\n") for token in (sample.token, "wrong"))

    assert (good.returncode, bad.returncode) == (0, 1)
    assert sample.token not in good.stdout + bad.stdout
