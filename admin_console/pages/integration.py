"""One integration at a glance: how far it is, what is wrong, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from admin_console.audit import note
from admin_console.pages.pages import Page, go, show
from admin_console.pages.wording import (
    CONNECTIONS,
    GIT_HOSTS,
    SETTLED,
    STATE_WORDS,
    STATES,
    duration,
    shown_alarms,
)
from shared.connections.opening import integration_of
from shared.errors import HooksOnlyError
from shared.integrations import connections
from shared.integrations.status import status_of
from shared.scheduling import pausing
from shared.scheduling.cancelling import cancel
from shared.scheduling.runs import start_run
from shared.services import ONE_GROUP
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.errors import DevlinksError
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit


def show_integration(visit: Visit) -> Html:
    """Show where an integration stands."""
    return _page(visit, integration_of(visit.services, visit.path("integration_id")))


def show_progress(visit: Visit) -> Html:
    """Show the part of that page which changes by itself, for its script."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    return show(visit, "progress.html", integration=integration, **_standing(visit, integration))


def reindex(visit: Visit) -> Html | Redirect:
    """Reindex all repositories, or those that failed."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    try:
        run = start_run(visit.services, integration, only_failed=visit.checked("only_failed"))
    except HooksOnlyError as error:
        return _page(visit, integration, error=error)
    note(visit, "reindex_started", integration.id, detail=f"{run.repositories} repositories")
    return go(f"/integrations/{integration.id}", done="reindexing")


def stop(visit: Visit) -> Redirect:
    """Stop what is being indexed; what is stored stays."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    cancel(visit.services, integration)
    note(visit, "reindex_cancelled", integration.id)
    return go(f"/integrations/{integration.id}", done="stopped")


def pause(visit: Visit) -> Redirect:
    """Leave the git host alone until somebody resumes it."""
    paused = pausing.pause(visit.services, visit.path("integration_id"))
    note(visit, "integration_paused", paused.id)
    return go(f"/integrations/{paused.id}", done="paused")


def resume(visit: Visit) -> Redirect:
    """Go on, and catch up."""
    resumed = pausing.resume(visit.services, visit.path("integration_id"))
    note(visit, "integration_resumed", resumed.id)
    return go(f"/integrations/{resumed.id}", done="resumed")


def show_removal(visit: Visit) -> Html:
    """Ask whether an integration is to be removed, and say what goes with it."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    return show(
        visit,
        "removal.html",
        title=f"Remove {integration.name}?",
        integration=integration,
        progress=status_of(visit.services, integration).progress,
    )


def remove(visit: Visit) -> Redirect:
    """Take an integration away."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    connections.remove(visit.services, integration.id)
    note(visit, "integration_removed", integration.id)
    return go("/integrations", done="removed")


def _page(visit: Visit, integration: Integration, *, error: DevlinksError | None = None) -> Html:
    return show(
        visit,
        "integration.html",
        title=integration.name,
        status=status_of_error(error) if error else 200,
        error=error,
        integration=integration,
        **_standing(visit, integration),
    )


def _standing(visit: Visit, integration: Integration) -> dict[str, Any]:
    standing = status_of(visit.services, integration)
    kept = integration.repositories
    is_chosen = kept.mode == "all" or bool(kept.selected)
    is_bare = standing.state == "idle" and not standing.progress.repositories_total
    state = "new" if is_bare and is_chosen else standing.state
    connection = visit.services.connections.get(ONE_GROUP, integration.id)
    return {
        "git_host": GIT_HOSTS[integration.git_host],
        "connection": CONNECTIONS[connection.value.kind] if connection else "",
        "standing": standing,
        "state": state,
        "word": STATE_WORDS[state],
        "sentence": _BARE if is_bare else STATES[state],
        "eta": duration(standing.progress.eta_seconds),
        "alarms": shown_alarms(standing.alarms),
        "is_settled": standing.state in SETTLED,
        "is_chosen": is_chosen,
    }


_BARE: Final = "No repository is indexed yet."
"""Said where all is well and nothing is there: what was chosen may still be looked for."""
_ONE: Final = "integrations/{integration_id}"

PAGES: Final = (
    Page("GET", _ONE, show_integration, "viewer"),
    Page("GET", f"{_ONE}/progress", show_progress, "viewer"),
    Page("POST", f"{_ONE}/reindex", reindex, "operator"),
    Page("POST", f"{_ONE}/stop", stop, "operator"),
    Page("POST", f"{_ONE}/pause", pause, "admin"),
    Page("POST", f"{_ONE}/resume", resume, "admin"),
    Page("GET", f"{_ONE}/remove", show_removal, "admin"),
    Page("POST", f"{_ONE}/remove", remove, "admin"),
)
