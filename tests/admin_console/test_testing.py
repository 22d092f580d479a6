from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.shared.web.in_memory import Installation, integration_body

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization


def steps_of(answer: Any) -> dict[str, dict[str, Any]]:
    return {step["step"]: step for step in answer["steps"]}


def test_connection_is_examined_before_anything_is_kept(
    installation: Installation, sample: SampleOrganization
) -> None:
    answered = installation.call("POST", "integrations/test", integration_body(sample))

    assert answered.status == 200
    assert answered.json["ok"] is True
    step = steps_of(answered.json)["sign_in"]
    assert step["message"].startswith("Successfully connected to contoso as ")
    assert step == {
        "step": "sign_in",
        "title": "Sign-in",
        "ok": True,
        "message": step["message"],
        "next_step": "",
        "help_url": None,
        "command": f"""curl -u ":$TOKEN" '{sample.url}/_apis/connectionData'""",
        "organization": "",
        "is_needed": True,
    }
    assert installation.call("GET", "integrations").json["integrations"] == []


def test_refusal_is_an_answer_and_no_error(
    installation: Installation, sample: SampleOrganization
) -> None:
    body = integration_body(sample)
    sample.revoke_token()

    answered = installation.call("POST", "integrations/test", body)

    assert answered.status == 200
    assert answered.json["ok"] is False
    step = steps_of(answered.json)["sign_in"]
    assert step["message"].startswith("Authorization denied: ")
    assert step["help_url"] == f"{sample.url}/_usersSettings/tokens"
    assert sample.token.encode() not in answered.body


def test_stored_integration_is_examined_as_it_is_connected(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = installation.call("POST", "integrations", integration_body(sample)).json
    path = f"integrations/{made['id']}/test"

    before = installation.call("POST", path)
    sample.revoke_token()
    after = installation.call("POST", path)

    assert (before.json["ok"], after.json["ok"]) == (True, False)


def test_unknown_integration_is_not_found(installation: Installation) -> None:
    assert installation.call("POST", "integrations/nothing/test").problem == (404, "not_found")


def test_body_that_cannot_be_read_is_refused_by_field(installation: Installation) -> None:
    answered = installation.call("POST", "integrations/test", {"git_host": "svn"})

    assert answered.problem == (400, "bad_request")


def test_examination_takes_an_admin(installation: Installation, sample: SampleOrganization) -> None:
    token = installation.token("links:read")

    answered = installation.call("POST", "integrations/test", integration_body(sample), token=token)

    assert answered.problem[0] == 403
