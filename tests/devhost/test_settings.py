from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devhost.errors import SettingsError
from devhost.settings import names_storage, read_settings, resolve

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, content: object) -> None:
    (folder / "local.settings.json").write_text(json.dumps(content))


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"IsEncrypted": False, "Values": {"A": "file", "B": "file"}})

    assert read_settings(tmp_path, {"A": "environment"}) == {"A": "environment", "B": "file"}


def test_without_a_file_the_environment_is_all_there_is(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {"A": "1"}) == {"A": "1"}


def test_short_form_of_the_emulator_is_written_out(tmp_path: Path) -> None:
    write(tmp_path, {"Values": {"AzureWebJobsStorage": "UseDevelopmentStorage=true;"}})

    storage = read_settings(tmp_path, {})["AzureWebJobsStorage"]

    assert "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;" in storage


@pytest.mark.parametrize(
    "content",
    [{"Values": {"A": 1}}, {"Values": ["A"]}, {"IsEncrypted": True, "Values": {"A": "x"}}, []],
)
def test_file_that_cannot_be_used_is_a_mistake(tmp_path: Path, content: object) -> None:
    write(tmp_path, content)

    with pytest.raises(SettingsError, match=r"local\.settings\.json"):
        read_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, False),
        ({"AzureWebJobsStorage": ""}, False),
        ({"AzureWebJobsStorage": "x"}, True),
        ({"AzureWebJobsStorage__queueServiceUri": "x"}, True),
        ({"AzureWebJobsStorage__accountName": "x"}, True),
        ({"AzureWebJobsStorage__credential": "managedidentity"}, False),
    ],
)
def test_storage_is_named_by_a_connection_string_or_an_address(
    settings: dict[str, str], *, named: bool
) -> None:
    assert names_storage(settings) is named


def test_reference_is_replaced_by_its_setting() -> None:
    assert resolve("%A%-jobs-%B%", {"A": "x", "B": "y"}) == "x-jobs-y"
    assert resolve("plain", {}) == "plain"


@pytest.mark.parametrize(
    ("text", "named"),
    [("%NONE%", "setting NONE is missing"), ("50%", "percent"), ("%%", "setting is missing")],
)
def test_reference_to_nothing_is_a_mistake(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        resolve(text, {})
