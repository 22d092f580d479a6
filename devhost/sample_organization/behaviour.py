"""What differs between organizations, or is not known of the real service: chosen here.

Everything may be changed while the sample organization runs.
"""

from __future__ import annotations

from typing import Literal


class Behaviour:
    """The choices, each at what is likeliest or hardest on a caller."""

    def __init__(self) -> None:
        self.newest_api_version = "7.2"
        """A later version is refused; an old server is "6.0", and has fewer fields."""
        self.preview_from = "7.2"
        """From this version on only `-preview` is served."""
        self.sign_in: Literal["redirect", "page"] = "redirect"
        """A bad token without `X-TFS-FedAuthRedirect: Suppress`: 302, or the page it leads to."""
        self.edits_raise_events = False
        """Whether a changed title or description raises `git.pullrequest.updated`."""
        self.push_event_commits: int | None = None
        """The most commits that a push event carries; no limit is documented."""
        self.refuses_local_hooks = False
        """Whether a subscription to a loopback address is refused, as by the real service."""
        self.hooks_forbidden = False
        """Whether nobody may create, change or delete subscriptions."""
        self.hooks_forbidden_in: set[str] = set()
        """Ids of projects in which nobody may."""
        self.writing_forbidden = False
        """Whether nobody has the permissions to make branches and pull requests."""
        self.viewing_forbidden = False
        """Whether nobody may "View instance-level information"."""
        self.inactive: set[str] = set()
        """Ids of people who have lost access: subscriptions that they made stay disabled."""
        self.lacks_events: set[str] = set()
        """Event types that are not known here: an older server has none of `git.repo.*`."""
        self.hooks_silent = False
        """Whether events are lost before they become deliveries."""
        self.outsiders: set[str] = set()
        """Ids of people with a good Entra token whom nobody has added to the organization."""
        self.stakeholders: set[str] = set()
        """Ids of people whose licence shows projects, and no repository."""
        self.ref_update_refusal: str | None = None
        """An `updateStatus` such as "createBranchPermissionRequired" that every ref update gets."""
        self.protected: set[tuple[str, str]] = set()
        """(repository id, full ref name) that only pull requests may update."""
        self.other_accounts: list[str] = []
        """Organizations that the caller's accounts list, but that refuse the token."""
        self.most_query_results = 20_000
        """The most work items that a query may find; one that finds more is refused."""
        self.top_cuts_queries = True
        """Whether `$top` keeps a query that finds more from being refused."""
        self.omits_missing_work_items = True
        """Whether `errorPolicy=omit` is known; a server of 2018 refuses all for one missing."""
        self.denied: set[str] = set()
        """Ids of projects and repositories that the callers may not see."""

    def has(self, version: str) -> bool:
        """Whether what came with an API version is there."""
        return numbers(version) <= numbers(self.newest_api_version)


def numbers(version: str) -> tuple[int, int]:
    """Return a version as numbers, which compare as they should."""
    major, _, minor = version.partition(".")
    return int(major), int(minor or 0)
