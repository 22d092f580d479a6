"""Rules: a tracker's decision what an issue key is, as an immutable snapshot with a version.

A change makes a new snapshot. What is stored of a repository names the version it was judged
under, so that a change is applied to all of it, and never half.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.json import encode
from msgspec.structs import replace

from shared.errors import BadIssueKeyError
from shared.issue_keys.candidates import Form, Source
from shared.issue_keys.grammars import GRAMMARS
from shared.issue_keys.keys import IssueKey, parse_issue_key
from shared.issue_keys.learning import Learned
from shared.issue_keys.own_pattern import id_of_pattern, judge_own_pattern
from shared.issue_keys.reading import Reading
from shared.issue_keys.urls import address_of, organization_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.issue_keys.candidates import Finder
    from shared.issue_keys.reading import Judge

SHORT_LIST: Final = 20
"""Up to so many listed projects, each is taken for every repository's own."""

_REVISION = 1
"""Raised when the code judges differently, so that stored mentions are judged again."""
_NOTHING_LEARNED = Learned()


class Rules(Struct, frozen=True, kw_only=True):
    """What an admin decided for a tracker, and what its repositories taught."""

    grammars: tuple[str, ...] = ("jira", "azure_boards")
    """Names of rows of `GRAMMARS`; another name raises KeyError when the rules are applied."""
    kind: str = "other"
    """The kind of tracker: tells whether `url` is Azure DevOps or holds `browse` pages."""
    url: str = ""
    """The tracker's address: URLs of issues elsewhere do not count. Empty: all do."""
    projects: tuple[str, ...] = ()
    """In any case. Empty: any project counts that nothing speaks against."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Old project to new (`OLD`: `NEW`), or old key to new key (`OLD-5`: `NEW-7`)."""
    number_range: tuple[int, int] | None = None
    """The smallest and the largest plain number that counts."""
    number_since: datetime | None = None
    """Plain numbers count in items made from then on."""
    left_out: tuple[Source, ...] = (Source.TAG,)
    """Sources that do not count."""
    pattern: str = ""
    """An admin's own regular expression; what it finds counts beside what the grammars find."""
    learned: dict[str, Learned] = field(default_factory=dict)
    """By the repository's id."""

    @property
    def version(self) -> str:
        """A short hash of the content: equal content, equal version, whatever its order."""
        return _digest(self._in_order())

    @property
    def needs_learning(self) -> bool:
        """Whether a repository's own mentions decide anything: its projects, or former hosts."""
        return not self.projects or len(self.projects) > SHORT_LIST or bool(self.url)

    def with_learned(self, learned: Mapping[str, Learned]) -> Rules:
        """Return rules in which *learned*, by repository id, replaces what was learned before."""
        return replace(self, learned={**self.learned, **learned})

    def for_repository(
        self, repository_id: str, *, organization: str = "", pattern: Finder | None = None
    ) -> Reading:
        """Return what these rules are for a repository of an Azure DevOps organization.

        *pattern* is the engine of the pattern, where there is one: without it, what was found
        earlier is judged, and nothing is found in texts.
        """
        learned = self.learned.get(repository_id, _NOTHING_LEARNED)
        renamed_projects, renamed_keys = _renamed(self.aliases)
        listed, own, loose = self._projects(learned, frozenset(renamed_projects))
        address = address_of(self.url)
        boards = organization_of(address)
        is_azure_devops = boards != address or self.kind == "azure_boards"
        has_pages = address and not is_azure_devops
        hosts = {address.partition("/")[0], *learned.hosts} if has_pages else ()
        return Reading(
            version=_digest((replace(self._in_order(), learned={}), learned)),
            judges=self._judges(),
            listed=listed,
            own=own,
            loose=loose,
            takes_unlisted=not self.projects,
            misspelt=frozenset(learned.misspelt),
            renamed_projects=renamed_projects,
            renamed_keys=renamed_keys,
            left_out=frozenset(self.left_out),
            number_range=self.number_range,
            number_since=self.number_since,
            hosts=frozenset(hosts),
            address=address if has_pages else "",
            boards=boards if is_azure_devops else "",
            organization=organization.lower(),
            pattern=pattern,
            pattern_id=id_of_pattern(self.pattern),
        )

    def _judges(self) -> dict[Form, Judge]:
        """Return how each form is judged that counts at all."""
        judges = {
            form: GRAMMARS[name].judge for name in self.grammars for form in GRAMMARS[name].forms
        }
        return {**judges, Form.OWN_PATTERN: judge_own_pattern} if self.pattern else judges

    def _projects(
        self, learned: Learned, renamed: frozenset[str]
    ) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Return the projects that count in upper case, in any case, and without their dash."""
        if not self.projects:
            own = renamed.union(learned.own)
            return own, own, renamed.union(learned.most_used)
        listed = renamed.union(project.upper() for project in self.projects)
        own = listed if len(listed) <= SHORT_LIST else listed.intersection(learned.own)
        return listed, own, own

    def _in_order(self) -> Rules:
        """Return the same rules with everything whose order means nothing in one order."""
        return replace(
            self,
            grammars=tuple(sorted({*self.grammars})),
            projects=tuple(sorted({project.upper() for project in self.projects})),
            left_out=tuple(sorted({*self.left_out})),
        )


def _digest(content: object) -> str:
    encoded = encode((_REVISION, content), order="deterministic")
    return blake2b(encoded, digest_size=6).hexdigest()


def _renamed(aliases: Mapping[str, str]) -> tuple[dict[str, str], dict[IssueKey, IssueKey]]:
    """Return the renamed projects and the renamed keys.

    A project that was renamed twice has its last name; an alias that names a key on one side
    and a project on the other says nothing, and is passed over.
    """
    projects: dict[str, str] = {}
    keys: dict[IssueKey, IssueKey] = {}
    for old, new in aliases.items():
        old_key, new_key = _parsed(old), _parsed(new)
        if old_key and new_key:
            keys[old_key] = new_key
        elif not (old_key or new_key):
            projects[old.upper()] = new.upper()
    return {old: _last_name(old, projects) for old in projects}, keys


def _last_name(project: str, renamed: Mapping[str, str]) -> str:
    """Follow the renaming of a project; a circle ends where it began."""
    name = renamed[project]
    for _ in renamed:
        if name == project:
            break
        name = renamed.get(name, name)
    return name


def _parsed(text: str) -> IssueKey | None:
    try:
        return parse_issue_key(text)
    except BadIssueKeyError:
        return None
