"""What an HTTP function answers, as worker and host hand it on.

The worker parses `Set-Cookie` again and sends fields; the host writes the line anew. So an
attribute that Python's http.cookies does not know is lost, and an odd `Expires` is a failure.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.cookies import Morsel, SimpleCookie

    from azure.functions.meta import Datum

_EXPIRES = "%a, %d %b %Y %H:%M:%S GMT"
_SAME_SITE = {"lax": "lax", "strict": "strict", "none": "none"}
# Kestrel refuses to send anything else in a header.
_SENDABLE = re.compile(r"[\t\x20-\x7e]*")


class Cookie(msgspec.Struct, frozen=True):
    """A cookie in the fields of the worker's protocol (`RpcHttpCookie`)."""

    name: str
    value: str
    domain: str
    """Empty when the function gave none, and written so."""
    path: str
    expires: datetime | None
    max_age: float | None
    secure: bool
    http_only: bool
    same_site: str | None
    """`lax`, `strict`, `none` or not given."""


class Answer(msgspec.Struct, frozen=True):
    """An answer on its way to the browser."""

    status: int
    headers: dict[str, str]
    """Of a repeated header only the last is left, but for cookies."""
    body: bytes
    cookies: tuple[Cookie, ...] = ()


def decode_answer(data: Datum) -> Answer:
    """Read what the `http` converter made; a text is a 200 in plain text.

    Raises ValueError or TypeError for a cookie that the worker cannot send.
    """
    if data.type == "string":
        content_type = {"content-type": "text/plain; charset=utf-8"}
        return Answer(200, content_type, str(data.value).encode())
    fields = cast("Mapping[str, Datum]", data.value)
    headers = cast("Mapping[str, Datum]", data.value["headers"])
    cookies = cast("list[SimpleCookie] | None", data.value["cookies"])
    return Answer(
        status=int(fields["status_code"].value),
        headers={name: str(value.value) for name, value in headers.items()},
        body=bytes(fields["body"].value),
        cookies=tuple(_cookie(morsel) for cookie in cookies or () for morsel in cookie.values()),
    )


def header_lines(answer: Answer) -> list[tuple[str, str]]:
    """Return the headers to send, without those that belong to the connection.

    Raises ValueError for a character that the host would not send.
    """
    lines = [
        (name, value) for name, value in answer.headers.items() if name.lower() not in _OWN_HEADERS
    ]
    lines += [("set-cookie", cookie_line(cookie)) for cookie in answer.cookies]
    for name, value in lines:
        if not (_SENDABLE.fullmatch(name) and _SENDABLE.fullmatch(value)):
            raise ValueError(f"header {name!r} has a control or non-ASCII character")
    return lines


_OWN_HEADERS = frozenset(
    {
        "connection", "content-length", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


def cookie_line(cookie: Cookie) -> str:
    """Return the Set-Cookie line as ASP.NET Core writes it (`SetCookieHeaderValue`)."""
    parts = [f"{cookie.name}={quote(cookie.value, safe='')}"]
    if cookie.expires is not None:
        parts.append(f"expires={format_datetime(cookie.expires, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={int(cookie.max_age)}")
    parts += [f"domain={cookie.domain}", f"path={cookie.path}"]
    if cookie.secure:
        parts.append("secure")
    if cookie.same_site is not None:
        parts.append(f"samesite={cookie.same_site}")
    if cookie.http_only:
        parts.append("httponly")
    return "; ".join(parts)


def _cookie(morsel: Morsel[str]) -> Cookie:
    return Cookie(
        name=morsel.key,
        value=morsel.value,
        domain=morsel["domain"],
        path=morsel["path"],
        expires=_expires(morsel["expires"]),
        max_age=_max_age(morsel["max-age"]),
        secure=bool(morsel["secure"]),
        http_only=bool(morsel["httponly"]),
        same_site=_SAME_SITE.get(morsel["samesite"].lower()),
    )


def _expires(text: str) -> datetime | None:
    return datetime.strptime(text, _EXPIRES).replace(tzinfo=UTC) if text else None


def _max_age(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise TypeError(f"cookie Max-Age {text!r} is no number") from None
