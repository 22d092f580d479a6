from __future__ import annotations

import msgspec
import pytest

from shared import errors
from shared.errors import DevlinksError
from shared.web.answers import Answer, respond, respond_problem
from tests.shared.web.in_memory import NOW

ONE_OF_EACH: list[tuple[DevlinksError, int, str]] = [
    (errors.SenderError("x"), 400, "bad_request"),
    (errors.BadIssueKeyError("x"), 400, "bad_issue_key"),
    (errors.BadRequestError("x"), 400, "bad_request"),
    (errors.NotSignedInError("x"), 401, "not_signed_in"),
    (errors.SignInRefusedError("x"), 400, "sign_in_refused"),
    (errors.ForeignSignInError("x"), 403, "foreign_sign_in"),
    (errors.CrossSiteError("x"), 403, "cross_site"),
    (errors.ScopeMissingError("x"), 403, "scope_missing"),
    (errors.OutOfScopeError("x"), 403, "out_of_scope"),
    (errors.UnknownThingError("x"), 404, "not_found"),
    (errors.ConflictError("x"), 409, "exists"),
    (errors.CursorExpiredError("x"), 410, "cursor_expired"),
    (errors.HooksOnlyError("x"), 409, "hooks_only"),
    (errors.WouldDisconnectError(12), 409, "would_disconnect"),
    (errors.GitHostError("x"), 502, "git_host_failed"),
    (errors.ThrottledError("x", retry_at=NOW), 503, "throttled"),
    (errors.UnavailableError("x"), 502, "git_host_unavailable"),
    (errors.IdentityServerUnavailableError("x"), 502, "identity_server_unavailable"),
    (errors.RefusedError("x"), 502, "git_host_refused"),
    (errors.MalformedAnswerError("x"), 502, "git_host_answer_malformed"),
    (errors.AdminError("x"), 422, "integration_needs_attention"),
    (errors.SignedOutError("x"), 422, "signed_out"),
    (errors.ForbiddenError("x"), 422, "forbidden"),
    (errors.MissingError("x"), 422, "missing"),
    (errors.WrongTenantError("x"), 422, "wrong_tenant"),
    (errors.NotAddedError("x"), 422, "not_added"),
    (errors.LicenceMissingError("x"), 422, "licence_missing"),
    (errors.NoRepositoriesError("x"), 422, "no_repositories"),
    (errors.HostKeyChangedError("x"), 422, "host_key_changed"),
    (errors.OperatorError("x"), 503, "installation_needs_attention"),
    (errors.SettingsError(["x"]), 503, "misconfigured"),
    (errors.NewerSchemaError("x"), 503, "newer_schema"),
    (errors.StorageUnavailableError("x"), 503, "storage_unavailable"),
    (errors.KeysUnavailableError("x"), 503, "keys_unavailable"),
    (errors.SecretUnreadableError("x"), 503, "secret_unreadable"),
    (errors.SignInNotSetUpError("x"), 503, "sign_in_not_set_up"),
    (errors.IdentityClientRefusedError("x"), 503, "identity_client_refused"),
    (errors.ChangedError("x"), 409, "changed"),
    (errors.LeaseLostError("x"), 409, "lease_lost"),
    (errors.StoppedError("x"), 409, "stopped"),
    (errors.DevlinksError("x"), 500, "internal"),
]


def classes_below(kind: type[DevlinksError]) -> set[type[DevlinksError]]:
    below = {kind}
    for sub in kind.__subclasses__():
        below |= classes_below(sub)
    return below


def test_every_error_has_a_row_in_the_table_below() -> None:
    ours = {kind for kind in classes_below(DevlinksError) if kind.__module__ == errors.__name__}

    assert {type(error) for error, _, _ in ONE_OF_EACH} == ours


@pytest.mark.parametrize(
    ("error", "status", "code"), ONE_OF_EACH, ids=[type(row[0]).__name__ for row in ONE_OF_EACH]
)
def test_error_is_a_problem_document_with_its_status_and_code(
    error: DevlinksError, status: int, code: str
) -> None:
    response = respond_problem(error)

    problem = msgspec.json.decode(response.get_body())
    assert response.mimetype == "application/problem+json"
    assert response.status_code == problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"] == str(error)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("error", "status", "code"), ONE_OF_EACH, ids=[type(row[0]).__name__ for row in ONE_OF_EACH]
)
def test_only_who_is_not_signed_in_is_asked_to(
    error: DevlinksError, status: int, code: str
) -> None:
    response = respond_problem(error)

    assert ("WWW-Authenticate" in response.headers) == (status == 401)


def test_problem_tells_the_next_step_only_where_there_is_one() -> None:
    with_one = msgspec.json.decode(respond_problem(errors.SignedOutError("x")).get_body())
    without = msgspec.json.decode(respond_problem(errors.OutOfScopeError("x")).get_body())

    assert "new personal access token" in with_one["next_step"]
    assert without.keys() == {"type", "title", "status", "detail", "code"}


def test_problem_of_a_bad_request_tells_the_fields() -> None:
    error = errors.BadRequestError("x", fields={"url": "why"})

    assert msgspec.json.decode(respond_problem(error).get_body())["fields"] == {"url": "why"}


def test_problem_of_a_disconnection_tells_how_many_repositories() -> None:
    assert msgspec.json.decode(respond_problem(errors.WouldDisconnectError(12)).get_body())[
        "count"
    ] == (12)


def test_problem_tells_every_mistake_in_the_settings() -> None:
    error = errors.SettingsError(["PUBLIC_URL is wrong", "LOCAL_KEY_RING is not set"])

    detail = msgspec.json.decode(respond_problem(error).get_body())["detail"]

    assert "PUBLIC_URL" in detail
    assert "LOCAL_KEY_RING" in detail


def test_value_is_answered_as_json_that_is_not_stored() -> None:
    response = respond({"at": NOW, "name": "caf\N{LATIN SMALL LETTER E WITH ACUTE}"})

    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.get_body() == '{"at":"2026-11-21T09:00:00Z","name":"café"}'.encode()
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_answer_says_its_status_and_its_own_headers() -> None:
    response = respond(Answer([1], 202, {"Cache-Control": "private", "ETag": '"x"'}))

    assert (response.status_code, response.get_body()) == (202, b"[1]")
    assert response.headers["Cache-Control"] == "private"
    assert response.headers["ETag"] == '"x"'


def test_answer_of_bytes_is_json_already() -> None:
    response = respond(Answer(b'{"x":1}'))

    assert (response.get_body(), response.mimetype) == (b'{"x":1}', "application/json")


def test_answer_without_a_value_has_no_body() -> None:
    response = respond(Answer(status=204))

    assert (response.status_code, response.get_body()) == (204, b"")
