"""What is indexed, and what is wrong, at a glance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from admin_console.pages.charts import FLOOR, HEIGHT, WIDTH, Chart, chart
from admin_console.pages.overviews import overviews
from admin_console.pages.pages import Page, show
from shared.activity import activity_of, by_days
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_console.pages.overviews import Overviews
    from shared.activity import HourRow
    from shared.web.pages import Html
    from shared.web.visits import Visit

_DAYS: Final = 7


def show_dashboard(visit: Visit) -> Html:
    """Show all integrations, what is wrong with them first."""
    found = overviews(visit.services)
    listed = [row.integration for row in found.rows]
    since = visit.services.clock().replace(hour=0) - timedelta(days=_DAYS - 1)
    days = by_days(activity_of(visit.services, listed, since=since)) if listed else []
    return show(
        visit,
        "dashboard.html",
        title="Dashboard",
        overviews=found.rows,
        alarmed=[(row, alarm) for row in found.rows for alarm in row.alarms],
        has_more=found.next is not None,
        figures=_figures(visit, found),
        charts=_charts(days),
        days=days,
        width=WIDTH,
        height=HEIGHT,
        floor=FLOOR,
    )


def _figures(visit: Visit, found: Overviews) -> list[tuple[str, int]]:
    """Return what is indexed in all; of many integrations only what is counted anyway."""
    if found.is_whole:
        progress = [row.status.progress for row in found.rows if row.status is not None]
        return [
            ("Repositories", sum(p.repositories_total for p in progress)),
            ("Commits read", sum(p.commits_seen for p in progress)),
            ("Links", sum(p.links for p in progress)),
        ]
    counted = visit.services.counted.list(ONE_GROUP)
    integrations = len(found.rows)
    return [
        ("Integrations" if found.next is None else "Integrations, and more", integrations),
        ("Links", sum(record.value.links for record in counted)),
    ]


def _charts(days: Sequence[HourRow]) -> list[Chart]:
    named = [f"{day.at:%a}" for day in days]
    pushes = [day.pushes for day in days]
    deliveries = [day.deliveries for day in days]
    links = [day.links for day in days]
    return [
        chart("Pushes", list(zip(named, pushes, strict=True)), total=sum(pushes)),
        chart("Deliveries", list(zip(named, deliveries, strict=True)), total=sum(deliveries)),
        chart("Links", list(zip(named, links, strict=True)), total=links[-1] if links else 0),
    ]


PAGES: Final = (Page("GET", "", show_dashboard, "viewer"),)
