"""What an answer of Azure DevOps means when it is not the one that was hoped for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import (
    DevlinksError,
    ForbiddenError,
    MissingError,
    RefusedError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
)
from shared.git_hosts.azure_devops import answers
from shared.git_hosts.azure_devops.answers import (
    GivenUpError,
    VersionRefusedError,
    check,
)
from shared.git_hosts.egress import Answer
from shared.interfaces.answers import Budget
from tests.shared.git_hosts.azure_devops.answering import (
    EXPIRED,
    HTML,
    JSON,
    NOW,
    OUTAGE,
    SIGN_IN,
    envelope,
    raised_by,
)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, JSON, b'{"value": []}'),
        Answer(200, {"content-type": "application/json"}, b"{}"),
        Answer(201, JSON, b"{}"),
        Answer(204, {}, b""),
    ],
)
def test_good_answer_raises_nothing(answer: Answer) -> None:
    check(answer, what="project of contoso", now=NOW)


UNAUTHORIZED = envelope("TF400813: The user '' is not authorized.", "UnauthorizedRequestException")


SIGNED_OUT = {
    "sign-in page after a redirect": Answer(203, HTML, b"<html>Sign in</html>"),
    "JSON under 203": Answer(203, JSON, b"{}"),
    "redirect to the sign-in page": Answer(302, {**HTML, "location": SIGN_IN}, b""),
    "see other to the sign-in page": Answer(303, {**HTML, "location": SIGN_IN}, b""),
    "401 without a body": Answer(401, {}, b""),
    "401 to a change": Answer(401, JSON, UNAUTHORIZED),
    "expired token": Answer(401, {**HTML, "x-tfs-serviceerror": EXPIRED}, b""),
    "token for all organizations": Answer(
        401, {**HTML, "x-tfs-serviceerror": "Global%20tokens%20are%20not%20allowed"}, b"<html>"
    ),
    "application disallowed by policy": Answer(
        401, {"www-authenticate": 'Basic realm="https://tfsprod.visualstudio.com/"'}, b""
    ),
    "not a member": Answer(
        401, {**JSON, "www-authenticate": "TFS-Federated, Bearer"}, UNAUTHORIZED
    ),
    "no access to the service": Answer(401, HTML, b"VS30063: You are not authorized"),
    "no token at all": Answer(
        401, {**HTML, "www-authenticate": "Bearer authorization_uri=https://login.example"}, b""
    ),
    "server with IIS Basic Authentication": Answer(
        401, {"www-authenticate": 'Basic realm="tfs.example.com"'}, b"<html>401"
    ),
    "server that wants a Windows sign-in": Answer(
        401, {"www-authenticate": 'Basic realm="https://tfs/tfs", NTLM'}, b""
    ),
    "server that negotiates": Answer(401, {"www-authenticate": "Negotiate, NTLM"}, b""),
}


@pytest.mark.parametrize("answer", SIGNED_OUT.values(), ids=SIGNED_OUT.keys())
def test_bad_credential_in_any_of_its_forms_is_signed_out(answer: Answer) -> None:
    assert isinstance(raised_by(answer), SignedOutError)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(403, JSON, envelope("VS403463: The conditional access policy")), ForbiddenError),
        (Answer(403, HTML, b"<html>VS403463: The conditional access"), ForbiddenError),
        (Answer(401, JSON, envelope("VS403463: The conditional access policy")), ForbiddenError),
        (
            Answer(403, JSON, envelope("TF401027: You need the Git 'Read' permission")),
            ForbiddenError,
        ),
        (Answer(400, JSON, envelope("TF50309: The account lacks permissions")), ForbiddenError),
        (Answer(403, {}, b""), ForbiddenError),
        (Answer(404, JSON, envelope("VS800075: The project with id 'x'")), MissingError),
        (Answer(404, JSON, envelope("TF401175:The version descriptor <Branch: x >")), MissingError),
        (Answer(404, JSON, envelope("TF401035: The object 'x' does not exist.")), MissingError),
        (Answer(400, JSON, envelope("TF401019: The Git repository does not exist")), MissingError),
        (Answer(400, JSON, envelope("VS402335: The timeout period elapsed")), RefusedError),
        (Answer(400, JSON, envelope("VS402337: The number of work items")), RefusedError),
        (Answer(400, HTML, b"<html>Bad Request - Invalid Hostname"), RefusedError),
        (Answer(503, JSON, envelope("TF400733: The request has been canceled")), ThrottledError),
        (Answer(401, JSON, envelope("TF30040: The database is not configured")), UnavailableError),
        (Answer(404, JSON, envelope("TF30040: The database is not configured")), UnavailableError),
        (Answer(500, JSON, envelope("TF400898: An Internal Error Occurred")), UnavailableError),
        (Answer(504, {}, b""), GivenUpError),
        (Answer(504, HTML, OUTAGE), UnavailableError),
        (Answer(404, JSON, envelope("TF401019: The Git repository does not exist")), MissingError),
        (Answer(404, JSON, envelope("TF200016: The project does not exist")), MissingError),
        (Answer(404, HTML, b"<html>"), MissingError),
        (Answer(400, JSON, envelope("VS403403: Cannot find any branches")), RefusedError),
        (Answer(405, JSON, envelope("The method is not allowed")), RefusedError),
        (Answer(409, JSON, envelope("TF401179: An active pull request")), RefusedError),
        (Answer(410, {}, b""), RefusedError),
        (Answer(429, JSON, envelope("TF400733: The request has been canceled")), ThrottledError),
        (Answer(429, {}, b""), ThrottledError),
        (Answer(500, JSON, envelope("TF30040: The database is not configured")), UnavailableError),
        (Answer(502, HTML, b"<html>"), UnavailableError),
        (Answer(503, HTML, OUTAGE), UnavailableError),
        (Answer(503, {"retry-after": "30"}, b""), UnavailableError),
        (Answer(200, HTML, OUTAGE), UnavailableError),
        (Answer(404, HTML, OUTAGE), UnavailableError),
    ],
)
def test_refusal_is_named_for_who_can_put_it_right(
    answer: Answer, kind: type[DevlinksError]
) -> None:
    assert type(raised_by(answer)) is kind


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, HTML, b"<html></html>"),
        Answer(200, {}, b""),
        Answer(200, {"content-type": "text/plain"}, b"{}"),
        Answer(301, {"location": "https://evil.example/"}, b""),
        Answer(302, {"location": "https://dev.azure.com/contoso/"}, b""),
        Answer(307, {}, b""),
    ],
)
def test_answer_that_is_not_from_the_api_passes_by_itself(answer: Answer) -> None:
    assert isinstance(raised_by(answer), UnavailableError)


@pytest.mark.parametrize(
    ("answer", "step"),
    [
        (SIGNED_OUT["expired token"], "new personal access token"),
        (
            Answer(401, {**HTML, "x-tfs-serviceerror": "A%20global%20token%20is%20no%20use"}, b""),
            "for this organization alone",
        ),
        (SIGNED_OUT["not a member"], "signed in to its tenant"),
        (SIGNED_OUT["no access to the service"], "scope Code (Read)"),
        (
            SIGNED_OUT["application disallowed by policy"],
            "Third-party application access via OAuth",
        ),
        (SIGNED_OUT["401 without a body"], "wrong, expired or revoked"),
        (SIGNED_OUT["server that wants a Windows sign-in"], "IIS Basic Authentication"),
        (SIGNED_OUT["server that negotiates"], "IIS Basic Authentication"),
        (SIGNED_OUT["server with IIS Basic Authentication"], "IIS Basic Authentication"),
        (Answer(403, HTML, b"<html>VS403463: The"), "Conditional Access"),
        (Answer(403, {}, b""), "Code (Read)"),
        (Answer(404, JSON, envelope("TF401019: The Git repository")), "Stakeholder"),
        (Answer(404, JSON, envelope("VS800075: The project")), "token's owner may see it"),
        (Answer(500, JSON, envelope("TF30040: The database")), "configuration database"),
        (Answer(400, JSON, envelope("VS402335: The timeout")), "Ask for less"),
        (Answer(429, {}, b""), "goes on by itself"),
    ],
)
def test_refusal_says_what_to_do_about_it(answer: Answer, step: str) -> None:
    assert step in raised_by(answer).next_step


OUT_OF_RANGE = (
    "The requested REST API version of 7.1 is out of range for this server. The latest REST API "
    "version this server supports is 6.1."
)


GERMAN = "Die angeforderte Version 7.1 ist zu neu. Die neueste Version dieses Servers ist 5.1."


PREVIEW = 'The requested version "7.1" of the resource is under preview. Supply "7.1-preview".'


@pytest.mark.parametrize(
    ("type_key", "message", "newest"),
    [
        ("VssVersionOutOfRangeException", OUT_OF_RANGE, "6.1"),
        ("VssVersionOutOfRangeException", GERMAN, "5.1"),
        ("VssVersionOutOfRangeException", "No numbers at all.", ""),
        ("VssInvalidPreviewVersionException", PREVIEW, ""),
    ],
)
def test_version_that_is_not_served_is_refused_with_the_newest_that_is(
    type_key: str, message: str, newest: str
) -> None:
    error = raised_by(Answer(400, JSON, envelope(message, type_key)))

    assert isinstance(error, VersionRefusedError)
    assert error.newest == newest


@pytest.mark.parametrize(
    ("headers", "budget"),
    [
        ({}, None),
        ({"x-ratelimit-remaining": "12"}, None),
        ({"x-ratelimit-limit": "200", "x-ratelimit-remaining": "some"}, None),
        ({"x-ratelimit-limit": "inf", "x-ratelimit-remaining": "1"}, None),
        (
            {"x-ratelimit-limit": "200", "x-ratelimit-remaining": "0"},
            Budget("", 200, 0, None, NOW),
        ),
        (
            {
                "x-ratelimit-resource": "core",
                "x-ratelimit-limit": "200",
                "x-ratelimit-remaining": "12.5",
                "x-ratelimit-reset": "1795251900",
                "x-ratelimit-delay": "1.2",
            },
            Budget("core", 200, 12.5, datetime(2026, 11, 21, 9, 5, tzinfo=UTC), NOW),
        ),
        (
            {
                "x-ratelimit-limit": "200",
                "x-ratelimit-remaining": "1",
                "x-ratelimit-reset": "9" * 30,
            },
            Budget("", 200, 1, None, NOW),
        ),
    ],
)
def test_budget_is_what_the_headers_tell_of_it(
    headers: dict[str, str], budget: Budget | None
) -> None:
    assert answers.budget(Answer(200, headers, b""), now=NOW) == budget


def test_error_tells_what_was_asked_for_and_what_the_service_said() -> None:
    text = str(raised_by(Answer(404, JSON, envelope("TF200016: There is no such project."))))

    assert "project of contoso" in text
    assert "TF200016: There is no such project." in text


def test_expired_token_is_explained_by_the_service_s_header() -> None:
    text = str(raised_by(SIGNED_OUT["expired token"]))

    assert "The Personal Access Token used has expired." in text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>VS403463: The conditional access policy", "VS403463"),
        (envelope(None, "GitRepositoryNotFoundException"), "GitRepositoryNotFoundException"),
        (b"[]", "no explanation"),
        (b"", "no explanation"),
        (b"null", "no explanation"),
        (b'{"message": "\xff TF401019"}', "TF401019"),
        (b'{"message": "\\ud800 TF401019"}', "TF401019"),
        (b'{"innerException": ' + b"[" * 100_000, "no explanation"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_error_says_what_can_be_read_of_a_body_of_any_form(body: bytes, said: str) -> None:
    assert said in str(raised_by(Answer(403, JSON, body)))


def test_long_explanation_is_cut() -> None:
    text = str(raised_by(Answer(403, JSON, envelope("x" * 10_000))))

    assert len(text) < 500


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["content-type", "location", "retry-after"]), st.text()),
    st.binary(),
)
def test_whatever_comes_back_is_good_or_an_error_of_ours(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    try:
        check(Answer(status, headers, body), what="project", now=NOW)
    except DevlinksError:
        return

    assert status == 204 or headers["content-type"].startswith("application/json")
