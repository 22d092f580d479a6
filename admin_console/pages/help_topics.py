"""Help by symptom: what is seen, what may be why, and what to do.

Topics and the places in them are addresses that alarms and other pages lead to: they stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.pages.pages import Page, show
from shared.errors import UnknownThingError
from shared.integrations.token_pages import TOKEN_PAGES

if TYPE_CHECKING:
    from shared.web.pages import Html
    from shared.web.visits import Visit


class Topic(Struct, frozen=True):
    """One page of help."""

    id: str
    """The end of its address, and the name of its template."""
    title: str
    symptom: str
    """What somebody sees or wants who should read it."""


class Group(Struct, frozen=True):
    """Topics that belong together."""

    title: str
    topics: tuple[Topic, ...]


GROUPS: Final = (
    Group(
        "Something is missing",
        (
            Topic("missing-repositories", "Repositories are missing",
                  "A repository or a whole project is not in the list, or is left out."),
            Topic("missing-links", "Links are missing",
                  "An issue shows fewer branches, pull requests or commits than there are."),
            Topic("waiting", "Indexing waits, or takes long",
                  "The state is throttled, or nothing moves."),
        ),
    ),
    Group(
        "Connecting",
        (
            Topic("tokens", "Make a token",
                  "Where to make one at each git host, and which scopes it needs."),
            Topic("identities", "Managed identity or service principal",
                  "Connect without anybody's token, or a step of it fails."),
            Topic("reconnect", "Connect again",
                  "The credential has expired, or is refused."),
            Topic("oauth-policy", "The organization refuses OAuth",
                  "“Third-party application access via OAuth” is off."),
            Topic("conditional-access", "Conditional Access stands in the way",
                  "The answer is VS403463, or a sign-in is blocked."),
            Topic("server", "Azure DevOps Server and TFS",
                  "Address, version, certificate, and what differs from the Services."),
        ),
    ),
    Group(
        "Service hooks and networks",
        (
            Topic("webhooks", "Service hooks",
                  "They are refused, switched off, out of service, or nothing arrives."),
            Topic("ip-allow-lists", "IP allow lists and firewalls",
                  "One side cannot reach the other."),
        ),
    ),
    Group(
        "Working with it",
        (
            Topic("pull-requests", "Merge a pull request",
                  "From a branch to merged code that its issue shows."),
            Topic("tfvc", "Convert TFVC to git",
                  "A project has TFVC only, and git alone is indexed."),
            Topic("sign-in", "Who may use the console",
                  "Somebody should get in, or may not do what they need."),
            Topic("glossary", "Words",
                  "What things are called here, at the git host, and in trackers."),
        ),
    ),
)  # fmt: skip
TOPICS: Final = {topic.id: topic for group in GROUPS for topic in group.topics}
"""By id."""


def show_help(visit: Visit) -> Html:
    """Show all topics, by what somebody sees."""
    return show(visit, "help.html", title="Help", groups=GROUPS)


def show_topic(visit: Visit) -> Html:
    """Show one topic; UnknownThingError when there is none of that name."""
    topic = TOPICS.get(visit.path("topic"))
    if topic is None:
        raise UnknownThingError("There is no such help.", next_step="Look through all of it.")
    return show(
        visit,
        f"help/{topic.id}.html",
        title=topic.title,
        topic=topic,
        token_pages=TOKEN_PAGES,
    )


PAGES: Final = (
    Page("GET", "help", show_help, "viewer"),
    Page("GET", "help/{topic}", show_topic, "viewer"),
)
