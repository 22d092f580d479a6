"""What deploys by itself is well formed, pinned, allowed little, and knows every parameter."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.infra.infrastructure import HERE, ROOT, load
from tests.infra.rules_of_settings import parameters

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PIPELINE = ROOT / "azure-pipelines.yml"
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
FALLBACK = re.compile(r"\$\{\{ (?:vars|secrets)\.(\w+)(?: \|\| '([^']*)')? \}\}")
MAKE_TARGET = re.compile(r"\bmake ([a-z-]+)")


def workflow(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
    return found


def steps() -> list[dict[str, Any]]:
    jobs = [job for path in WORKFLOWS for job in workflow(path.name)["jobs"].values()]
    return [step for job in jobs for step in job.get("steps", [])]


# What Azure Pipelines calls its schema has patterns that only the older kind of pattern allows.
@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", [ROOT / ".github" / "workflows" / "ci.yml"]),
        ("vendor.azure-pipelines", [PIPELINE]),
    ],
)
def test_workflow_is_as_its_schema_says(schema: str, paths: list[Any]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--regex-variant", "nonunicode"]

    checked = subprocess.run(
        [*command, "--builtin-schema", schema, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]

    assert used
    assert [name for name in used if not PINNED.fullmatch(name)] == []


def test_a_workflow_may_read_and_only_the_deployment_may_sign_in() -> None:
    allowed = {
        (path.name, name): job["permissions"]
        for path in WORKFLOWS
        for name, job in workflow(path.name)["jobs"].items()
        if "permissions" in job
    }

    assert [workflow(path.name)["permissions"] for path in WORKFLOWS] == [{"contents": "read"}] * 2
    assert allowed == {
        ("deploy.yml", "test"): {"contents": "read"},
        ("deploy.yml", "deploy"): {"contents": "read", "id-token": "write"},
    }


def test_the_deployment_signs_in_without_a_secret() -> None:
    login = next(step for step in steps() if step.get("uses", "").startswith("azure/login@"))

    assert set(login["with"]) == {"client-id", "tenant-id", "subscription-id"}
    assert "secrets." not in str(login["with"])


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [s for s in steps() if s.get("uses", "").startswith("actions/checkout@")]

    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_nothing_is_deployed_that_was_not_tested_and_packed() -> None:
    jobs = workflow("deploy.yml")["jobs"]
    stages = {stage["stage"]: stage for stage in yaml.safe_load(PIPELINE.read_text())["stages"]}

    assert (jobs["package"]["needs"], jobs["deploy"]["needs"]) == ("test", "package")
    assert jobs["test"]["uses"] == "./.github/workflows/ci.yml"
    assert (stages["Package"]["dependsOn"], stages["Deploy"]["dependsOn"]) == ("Test", "Package")


def test_the_workflow_passes_on_every_parameter_with_its_default() -> None:
    said = dict(parameters(load(HERE)).values())
    passed = {}
    for name, value in workflow("deploy.yml")["jobs"]["deploy"]["env"].items():
        match = FALLBACK.fullmatch(value)
        assert match is not None
        assert match[1] == name
        passed[name] = match[2] or ""

    assert passed == {name: default or "" for name, default in said.items()}


@pytest.mark.parametrize("path", [*WORKFLOWS, PIPELINE], ids=lambda path: str(path.name))
def test_every_target_of_make_exists(path: Any) -> None:
    makefile = (ROOT / "Makefile").read_text()

    targets = set(MAKE_TARGET.findall(path.read_text()))

    assert [t for t in targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("path", [WORKFLOWS[-1], PIPELINE], ids=lambda path: str(path.name))
def test_what_would_change_is_shown_before_it_does_and_looked_at_after(path: Any) -> None:
    text = path.read_text()
    places = [text.index(step) for step in (
        "az deployment sub what-if", "deploy.sh resources", "deploy.sh package", "deploy.sh smoke",
    )]  # fmt: skip

    assert places == sorted(places)


def test_bicep_is_compiled_before_anything_is_deployed() -> None:
    for path in (ROOT / ".github" / "workflows" / "ci.yml", PIPELINE):
        assert "az bicep build --file infra/main.bicep" in path.read_text()


def test_azd_deploys_the_package_that_is_made_here_to_the_app_with_its_tag() -> None:
    project: dict[str, Any] = yaml.safe_load((ROOT / "azure.yaml").read_text())

    [(name, service)] = project["services"].items()

    tag = f"'azd-service-name': '{name}'"
    assert tag in (HERE / "modules" / "app.bicep").read_text()
    assert (service["host"], service["remoteBuild"]) == ("function", False)
    assert "make package" in project["hooks"]["prepackage"]["posix"]["run"]
    assert service["project"] in project["hooks"]["prepackage"]["posix"]["run"]
