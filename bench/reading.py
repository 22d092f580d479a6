"""R1 and R5: what the links endpoint adds to the queries that it makes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import azure.functions as func
import msgspec
from msgspec import Struct

import links_api
from bench.raw import RawConnection, rendered
from bench.rounds import Ratio, Round, measure, median_time
from shared.web.routes import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.stand import Stand
    from shared.issue_keys import IssueKey

PAGE: Final = 50
BOARD: Final = 50
_TIMES: Final = 200
_OK: Final = 200
_ROUTES: Final = {route.name: route for route in links_api.ROUTES}


class Counted(Struct, frozen=True):
    """A ratio, and how many queries the product made for one answer."""

    ratio: Ratio
    queries: int


class PageAnswer(Struct):
    """A page of links, as far as it matters here."""

    links: list[msgspec.Raw]
    next: str | None = None


class BoardAnswer(Struct):
    """The links of several issues, likewise."""

    issues: list[PageAnswer]


def measure_page(stand: Stand, *, times: int = _TIMES) -> Counted:
    """Return R1: the first page of an issue with more links than fit on it, ÷ its query."""
    issue_key = most_linked(stand)
    ask = asking(stand, "get_links", issue_key=str(issue_key))
    page = msgspec.json.decode(ask(), type=PageAnswer)
    assert len(page.links) == PAGE, "the page is full"
    assert page.next is not None, "there is another one"
    return _measure(stand, ask, times=times)


def measure_board(stand: Stand, *, times: int = _TIMES // 4) -> Counted:
    """Return R5: the links of the issues of one board, ÷ the same grouped queries."""
    issues = [str(key) for key in board(stand)]
    ask = asking(stand, "query_links", {"issues": issues})
    found = msgspec.json.decode(ask(), type=BoardAnswer)
    assert sum(bool(issue.links) for issue in found.issues) == BOARD, "every issue has links"
    return _measure(stand, ask, times=times)


def most_linked(stand: Stand) -> IssueKey:
    """Return the issue that most commits name."""
    return _counts(stand).most_common(1)[0][0]


def board(stand: Stand) -> list[IssueKey]:
    """Return linked issues that follow one another: what is worked on at one time.

    The highest numbers are left out: among them are slips of the pen.
    """
    return sorted(_counts(stand), reverse=True)[BOARD : 2 * BOARD]


def asking(stand: Stand, name: str, body: object = None, **parts: str) -> Callable[[], bytes]:
    """Return a call of a route as the Functions host makes it, which returns the answer's body."""
    route = _ROUTES[name]

    def ask() -> bytes:
        request = func.HttpRequest(
            route.method,
            f"http://localhost/api/{route.path.format(**parts)}",
            headers={"Authorization": f"Bearer {stand.token}"},
            route_params=parts,
            body=b"" if body is None else msgspec.json.encode(body),
        )
        response: func.HttpResponse = answer(request, route, lambda: stand.services)
        content: bytes = response.get_body()
        assert response.status_code == _OK, content
        return content

    return ask


def _measure(stand: Stand, ask: Callable[[], object], *, times: int) -> Counted:
    stand.transport.taken()
    ask()
    queries = [rendered(request) for request in stand.transport.taken()]
    with RawConnection(stand.account.table_url) as connection:

        def floor() -> None:
            for query in queries:
                connection.exchange(query)

        def one_round() -> Round:
            return Round(median_time(floor, times=times), median_time(ask, times=times))

        return Counted(measure(one_round), len(queries))


def _counts(stand: Stand) -> Counter[IssueKey]:
    counts: Counter[IssueKey] = Counter()
    for stored in stand.links.mentions(stand.repository.id):
        counts.update(stored.mention.keys.keys())
    return counts
