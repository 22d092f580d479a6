"""An identity server in memory: a refresh token is good for one use, and a second use ends all."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.errors import SignedOutError, SignInRefusedError
from shared.interfaces.identity import AccessToken, Begun, Granted, SignedIn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.configuration import ConnectionKind
    from shared.errors import DevlinksError
    from shared.interfaces import Clock

TENANT = "11111111-1111-4111-8111-111111111111"
ACCOUNT = "admin@contoso.example"


class StrictServer:
    """See IdentityServer."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.calls = 0
        self.flows = 0
        self.is_revoked = False
        self.fails: DevlinksError | None = None
        self.before_answer: Callable[[], object] = lambda: None
        """What happens while a refresh is under way."""
        self._lock = threading.Lock()
        self._used: set[str] = set()

    def begin_sign_in(self, *, redirect_uri: str) -> Begun:
        return self._begin(redirect_uri, "")

    def complete_sign_in(self, flow: str, answer: Mapping[str, str]) -> SignedIn:
        self._check(flow, answer)
        return SignedIn(TENANT, "aaaa", "Administrator", ACCOUNT, ("Admin",))

    def begin_grant(self, *, redirect_uri: str, login_hint: str = "") -> Begun:
        return self._begin(redirect_uri, login_hint)

    def complete_grant(self, flow: str, answer: Mapping[str, str]) -> Granted:
        self._check(flow, answer)
        return self.grant()

    def grant(self) -> Granted:
        """Return what somebody allows."""
        self.is_revoked = False
        return self._granted()

    def refresh(self, refresh_token: str) -> Granted:
        with self._lock:
            self.calls += 1
            self.before_answer()
            if self.fails is not None:
                raise self.fails
            if refresh_token in self._used:
                self.is_revoked = True
            if self.is_revoked:
                raise SignedOutError("The grant was revoked.")
            self._used.add(refresh_token)
            return self._granted()

    def _granted(self) -> Granted:
        self.flows += 1
        number = self.flows
        expires_at = self.clock() + timedelta(hours=1)
        return Granted(f"refresh-{number}", f"access-{number}", expires_at, TENANT, ACCOUNT)

    def _begin(self, redirect_uri: str, login_hint: str) -> Begun:
        self.flows += 1
        state = f"state-{self.flows}"
        url = f"https://login.example/authorize?to={redirect_uri}&hint={login_hint}&state={state}"
        return Begun(url, state, f"flow of {state}")

    def _check(self, flow: str, answer: Mapping[str, str]) -> None:
        if self.fails is not None:
            raise self.fails
        if "error" in answer:
            raise SignInRefusedError(f"The person said no: {answer['error']}")
        assert flow == f"flow of {answer['state']}", "the flow belongs to the answer"


class Apps:
    """See Identities: gives every app the same token, and notes who asked."""

    def __init__(self, clock: Clock, token: str) -> None:
        self.clock = clock
        self.text = token
        self.asked: list[tuple[str, str, str, str]] = []
        self.fails: DevlinksError | None = None

    def token(
        self, kind: ConnectionKind, *, tenant_id: str = "", client_id: str = "", secret: str = ""
    ) -> AccessToken:
        self.asked.append((kind, tenant_id, client_id, secret))
        if self.fails is not None:
            raise self.fails
        return AccessToken(self.text, self.clock() + timedelta(hours=1))
