"""What trackers and admins ask an installation while the soak runs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from tests.soak.working import Linked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.installation import RunningInstallation

_AT_ONCE: Final = 100
_OK: Final = 200
_SLOWED: Final = frozenset({429, 503})
"""What an installation may answer while it is disturbed."""


class AnsweredWronglyError(AssertionError):
    """An answer that no fault excuses."""


class Asker:
    """Asks what people look at; counts the answers."""

    def __init__(self, installation: RunningInstallation, integration: str) -> None:
        self._installation = installation
        self._integration = integration
        self._chance = random.Random(1)
        self.answered = 0
        self.put_off = 0
        """How often it was answered to come again."""

    def ask(self, keys: Sequence[str]) -> None:
        """Look at one issue, at several, and at where the integration stands."""
        some = self._chance.sample(keys, min(len(keys), 20))
        self._call("GET", f"links/{some[0]}?limit=50")
        self._call("POST", "links/query", {"issues": some, "limit_per_issue": 20})
        self._call("GET", f"integrations/{self._integration}/status")
        self._call("GET", f"integrations/{self._integration}/repositories?limit=50")

    def reindex(self) -> None:
        """Ask for all of the integration to be caught up, which calls the git host."""
        self._call("POST", f"integrations/{self._integration}/reindex", {}, ok=(200, 202))

    def linked(self, keys: Iterable[str]) -> dict[str, set[Linked]]:
        """Return what is shown on issues now."""
        wanted, found = list(keys), dict[str, set[Linked]]()
        for start in range(0, len(wanted), _AT_ONCE):
            body = {"issues": wanted[start : start + _AT_ONCE], "limit_per_issue": 20}
            answer = self._installation.call("POST", "links/query", body)
            if answer.status != _OK:
                raise AnsweredWronglyError(f"links/query was answered {answer.status}")
            for issue in answer.body["issues"]:
                shown = {Linked(link["kind"], link["id"]) for link in issue["links"]}
                found[issue["issue_key"]] = shown
        return found

    def _call(
        self, method: str, path: str, body: Any = None, *, ok: Sequence[int] = (_OK,)
    ) -> None:
        try:
            status = self._installation.call(method, path, body).status
        except OSError:  # no answer in time: the same as being put off
            status = min(_SLOWED)
        if status in _SLOWED:
            self.put_off += 1
        elif status in ok:
            self.answered += 1
        else:
            raise AnsweredWronglyError(f"{method} {path} was answered {status}")
