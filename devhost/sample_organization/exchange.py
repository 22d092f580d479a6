"""One HTTP request and one answer, as the handlers see them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime  # noqa: TC003 — msgspec reads the annotations
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

from . import moments
from .refusals import bad_argument
from .tokens import Token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .model import Person

Json: TypeAlias = dict[str, object]

_Body = TypeVar("_Body")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
JSON_TYPE = "application/json; charset=utf-8; api-version=7.1"


def is_guid(text: str) -> bool:
    """Return whether *text* is written as a GUID."""
    return _GUID.match(text) is not None


class Query(msgspec.Struct, frozen=True):
    """A query string: names in any case, the last value of a name counts."""

    values: dict[str, str]
    """Lower-case name → value."""

    def text(self, name: str) -> str | None:
        """Return the value, None where it is absent or empty."""
        return self.values.get(name.lower()) or None

    def flag(self, name: str) -> bool:
        """Return whether the value is a written "true"."""
        return self.values.get(name.lower(), "").lower() == "true"

    def number(self, *names: str, default: int, largest: int | None = None) -> int:
        """Return the first of *names* that is there; not a number, or too large, is refused."""
        for name in names:
            text = self.text(name)
            if text is None:
                continue
            if not text.isdecimal() or (largest is not None and int(text) > largest):
                raise bad_argument(f"The value {text!r} is not valid for the parameter {name}.")
            return int(text)
        return default

    def moment(self, name: str) -> datetime | None:
        """Return the moment that is given; one that cannot be read is refused."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return moments.read(text)
        except ValueError:
            raise bad_argument(f"The value {text!r} is no date for {name}.") from None

    def several(self, name: str) -> list[str]:
        """Return a list, written as `name=a,b` or as `name[0]=a&name[1]=b`."""
        joined = self.text(name)
        if joined is not None:
            return [part for part in joined.split(",") if part]
        prefix = f"{name.lower()}["
        return [value for key, value in self.values.items() if key.startswith(prefix)]


class Request(msgspec.Struct, frozen=True):
    """A request that was let in."""

    method: str
    path: str
    """As it was sent: still percent-encoded."""
    values: dict[str, str]
    """What the route's template captured: `repositoryId`, `project`…"""
    query: Query
    headers: dict[str, str]
    """Lower-case names."""
    body: bytes
    token: Token
    """What it came with."""

    @property
    def person(self) -> Person:
        """Whose token it came with."""
        return self.token.person

    def read(self, kind: type[_Body]) -> _Body:
        """Return the body as *kind*; anything else is refused with 400."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.MsgspecError as mistake:
            raise bad_argument(f"The request body cannot be read: {mistake}") from None


class Answer(msgspec.Struct, frozen=True):
    """What goes back."""

    status: int
    body: bytes | Iterable[bytes] = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(
    value: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return *value* as JSON."""
    extra = tuple((headers or {}).items())
    return Answer(status, msgspec.json.encode(value), JSON_TYPE, extra)


def collection(values: Sequence[object], *, continuation: str | None = None) -> Answer:
    """Return a list in the service's wrapper, with the token of the next page if there is one."""
    headers = {"x-ms-continuationtoken": continuation} if continuation else {}
    return json_answer({"count": len(values), "value": values}, headers=headers)


NO_CONTENT = Answer(204)
