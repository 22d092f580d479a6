"""A visit of a page: who comes, and what the form says that they filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

from shared.access import callers, sessions
from shared.errors import BadRequestError, NotSignedInError, ScopeMissingError
from shared.web.calls import Call
from shared.web.cookies import cookies_of
from shared.web.same_site import check_same_site

if TYPE_CHECKING:
    import azure.functions as func

    from shared.access.callers import Caller
    from shared.people import Role, Session
    from shared.services import Services

_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 20_000
_SAFE: Final = frozenset({"GET", "HEAD"})


class Visit(Call):
    """One request to a page. What changes something has to come from a page of the session."""

    def __init__(
        self,
        request: func.HttpRequest,
        services: Services,
        role: Role | None,
        *,
        parts: dict[str, str],
    ) -> None:
        """Let the visitor in, who must have *role*; None: anybody, whose session is not looked at.

        *parts* are those of the path that the page has names for.
        """
        super().__init__(request, services, None)
        self._parts = parts
        self.cookie = cookies_of(request).get(sessions.COOKIE, "")
        self._session = None if role is None else sessions.find(services, self.cookie)
        is_safe = str(request.method) in _SAFE
        self._form = {} if is_safe else _read_form(request, self.content())
        if not is_safe:
            check_same_site(request, services)
        if self._session is not None and role is not None:
            if not is_safe:
                sessions.check_csrf(self.cookie, self.form("csrf"))
            callers.require_role(self._session, role)

    @property
    def session(self) -> Session:
        """Whose visit it is; only where the page demands a role."""
        if self._session is None:
            raise NotSignedInError("Nobody is signed in.", next_step="Sign in to the console.")
        return self._session

    @property
    def is_signed_in(self) -> bool:
        """Whether the page demanded a role, and the visitor has it."""
        return self._session is not None

    @property
    def caller(self) -> Caller:
        """Who comes, as routes see them."""
        return callers.caller_of_session(self.services, self.session)

    @property
    def csrf(self) -> str:
        """What every form of this session has to bring."""
        return sessions.csrf_token(self.cookie)

    def may(self, role: Role) -> bool:
        """Tell whether the visitor has a role, or one that may more."""
        try:
            callers.require_role(self.session, role)
        except ScopeMissingError:
            return False
        return True

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return self._parts[name]

    def form(self, name: str) -> str:
        """Return a field of the form, without blanks around it; empty when it was left out."""
        return (self._form.get(name) or [""])[0].strip()

    def form_all(self, name: str) -> list[str]:
        """Return every value of a field that can be there several times."""
        return self._form.get(name, [])

    def checked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return name in self._form


def _read_form(request: func.HttpRequest, content: bytes) -> dict[str, list[str]]:
    kind = str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()
    if kind != _FORM and content:
        raise BadRequestError("The request is no form.")
    try:
        return parse_qs(
            content.decode(),
            keep_blank_values=True,
            strict_parsing=bool(content),
            max_num_fields=_MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise BadRequestError("The form cannot be read.") from error
