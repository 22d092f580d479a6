from __future__ import annotations

import base64
import json

import pytest

from shared.access.platform import signed_in_by_platform
from shared.errors import ForeignSignInError
from shared.interfaces.identity import SignedIn
from shared.people import SignInPolicy
from shared.services import Services, SignIn
from shared.storage.installation import MemoryStorage
from shared.storage.secrets import KeyRing, new_key
from tests.shared.web.in_memory import NOW

CLAIMS = [
    {"typ": "http://schemas.microsoft.com/identity/claims/tenantid", "val": "tenant"},
    {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": "object"},
    {"typ": "name", "val": "Backend developer"},
    {"typ": "preferred_username", "val": "backend@example.com"},
    {"typ": "roles", "val": "Admin"},
]


def services(*, believes_platform: bool, tenant_id: str = "") -> Services:
    return Services.over(
        MemoryStorage(),
        vault=KeyRing([new_key("k1")]),
        git_hosts={},
        clock=lambda: NOW,
        public_url="",
        sign_in=SignIn(
            policy=SignInPolicy(believes_platform=believes_platform, tenant_id=tenant_id)
        ),
    )


def header(**more: object) -> str:
    principal = {"auth_typ": "aad", "name_typ": "name", "role_typ": "roles", "claims": CLAIMS}
    return base64.b64encode(json.dumps({**principal, **more}).encode()).decode()


def test_the_platforms_header_is_believed_where_it_stands_before_the_app() -> None:
    found = signed_in_by_platform(services(believes_platform=True), header())

    assert found == SignedIn(
        "tenant", "object", "Backend developer", "backend@example.com", ("Admin",)
    )


def test_the_platforms_header_is_ignored_elsewhere() -> None:
    assert signed_in_by_platform(services(believes_platform=False), header()) is None


@pytest.mark.parametrize(
    "wrong",
    ["", "no base64 at all", base64.b64encode(b"{").decode(), header(auth_typ="github"),
     header(claims=[]), header(claims=CLAIMS[:1])],
)  # fmt: skip
def test_a_header_that_does_not_say_who_it_is_signs_nobody_in(wrong: str) -> None:
    assert signed_in_by_platform(services(believes_platform=True), wrong) is None


def test_the_platform_is_believed_about_our_own_tenant_alone() -> None:
    assert signed_in_by_platform(services(believes_platform=True, tenant_id="TENANT"), header())

    with pytest.raises(ForeignSignInError):
        signed_in_by_platform(services(believes_platform=True, tenant_id="another"), header())
