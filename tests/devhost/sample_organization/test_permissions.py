from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization

HOOKS = "permissions/cb594ebe-87dd-4fc9-ac2c-6a10a4c92046/2"
GIT = "permissions/2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87/4"
COLLECTION = "permissions/3e65f728-f8bc-4ecd-8764-7e378b19bfa7/1"


def ask(sample: SampleOrganization, path: str, tokens: str) -> requests.Response:
    return requests.get(
        f"{sample.url}/_apis/{path}",
        params={"tokens": tokens, "api-version": "7.1"},
        auth=("", sample.token),
        timeout=10,
    )


def test_each_token_has_its_answer(sample: SampleOrganization) -> None:
    sample.behaviour.hooks_forbidden_in = {"p-2"}

    answer = ask(sample, HOOKS, "PublisherSecurity/p-1,PublisherSecurity/p-2")

    assert answer.json() == {"count": 2, "value": [True, False]}


@pytest.mark.parametrize(
    ("path", "choice"),
    [
        (HOOKS, "hooks_forbidden"),
        (GIT, "writing_forbidden"),
        (COLLECTION, "viewing_forbidden"),
    ],
)
def test_permission_that_nobody_has_is_told(
    sample: SampleOrganization, path: str, choice: str
) -> None:
    before = ask(sample, path, "repoV2/p-1").json()["value"]

    setattr(sample.behaviour, choice, True)

    assert before == [True]
    assert ask(sample, path, "repoV2/p-1").json()["value"] == [False]


@pytest.mark.parametrize(
    ("path", "tokens", "status"),
    [
        ("permissions/11111111-1111-1111-1111-111111111111/1", "x", 404),
        (COLLECTION, "", 400),
        (COLLECTION.replace("/1", "/all"), "x", 400),
    ],
)
def test_question_that_makes_no_sense_is_refused(
    sample: SampleOrganization, path: str, tokens: str, status: int
) -> None:
    assert ask(sample, path, tokens).status_code == status
