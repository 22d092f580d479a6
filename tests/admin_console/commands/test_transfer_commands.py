"""Configuration is taken out of one installation and brought into another from a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from shared.errors import BadRequestError

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import SampleOrganization
    from tests.admin_console.commands.conftest import Shell


def exported(shell: Shell) -> str:
    return "\n".join(shell.run("export"))


def test_what_is_exported_is_imported_by_a_pipe(
    shell: Shell, contoso: str, sample: SampleOrganization
) -> None:
    document = exported(shell)
    other = document.replace('"id": "default"', '"id": "other"')

    lines = shell.run("import", typed=other)

    assert sample.token not in document
    assert lines[0].split() == ["made", "tracker", "other", "Default"]
    assert lines[1].split() == ["unchanged", "integration", contoso, "Contoso"]
    assert lines[2] == "1 made, 0 changed, 1 unchanged, 0 refused"
    assert shell.status == 0
    assert shell.noted() == ["configuration_exported", "configuration_imported", "tracker_added"]


def test_file_is_checked_without_changing_anything(
    shell: Shell, contoso: str, tmp_path: Path
) -> None:
    document = msgspec.json.decode(exported(shell))
    document["integrations"][0]["name"] = "Ours"
    (tmp_path / "configuration.json").write_bytes(msgspec.json.encode(document))

    lines = shell.run("import", str(tmp_path / "configuration.json"), "--check")

    assert ["changed", "integration", contoso, "Ours"] in [line.split() for line in lines]
    assert shell.installation.integration(contoso).name == "Contoso"
    assert shell.noted() == ["configuration_exported"]


def test_imported_integration_tells_what_it_waits_for(
    shell: Shell, contoso: str, sample: SampleOrganization
) -> None:
    document = msgspec.json.decode(exported(shell))
    document["integrations"][0] |= {"name": "Second", "id": "a" * 32}

    lines = shell.run("import", typed=msgspec.json.encode(document).decode())

    assert f"made       integration  {'a' * 32}  Second" in lines
    assert any("replace its connection" in line for line in lines)
    said = shell.run("integration", "reconnect", "a" * 32, typed=f"{sample.token}\n")
    assert said == ["Second is connected by pat"]


def test_what_is_refused_ends_with_another_status(
    shell: Shell, contoso: str, sample: SampleOrganization
) -> None:
    document = msgspec.json.decode(exported(shell))
    document["integrations"][0]["repositories"]["jmespath"] = "[?name=='none']"
    sample.faults.outage(times=None)

    lines = shell.run("import", typed=msgspec.json.encode(document).decode())

    assert shell.status == 1
    assert any("git_host_unavailable" in line for line in lines)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 2}'])
def test_what_is_no_document_is_refused(shell: Shell, content: str) -> None:
    with pytest.raises(BadRequestError):
        shell.run("import", typed=content)


def test_file_that_there_is_not_is_refused(shell: Shell) -> None:
    with pytest.raises(BadRequestError) as refused:
        shell.run("import", "/nowhere/configuration.json")

    assert list(refused.value.fields) == ["file"]
