"""Learn from a repository's own candidates which projects it uses, when nobody lists them.

Counting is a sum: it can be done in parts, in any order, and gives the same. Deciding is a pure
function of the sum, so that what was learned depends on the repository alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.issue_keys.candidates import Form
from shared.issue_keys.stop_list import is_stopped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from shared.issue_keys.candidates import Candidate

FEWEST_MENTIONS: Final = 5
FEWEST_NUMBERS: Final = 4
"""A project has many issues; `UTF-8` has one number."""
FEWEST_OF_LISTED: Final = 3
FEWEST_OF_FREQUENT: Final = 20
FEWEST_PAGES: Final = 5
FREQUENT_SHARE: Final = 0.01
CHIEF_SHARE: Final = 0.2
MISSPELT_RATIO: Final = 100
"""So many times as often must the right spelling be there."""

_FORMS = frozenset({Form.KEY, Form.ANY_CASE, Form.BROWSE_URL})
_SHORTEST_SPELLING = 3
_KEPT = 64
_MIX = 2_654_435_761
_RANGE = 1 << 32


class PrefixCounts(Struct, frozen=True, array_like=True):
    """How one prefix is used in one repository."""

    upper: int = 0
    """Items that mention it in upper case, once per number."""
    other: int = 0
    """The same, in another case."""
    heads: int = 0
    """How many of both open a line."""
    pages: dict[str, int] = field(default_factory=dict)
    """How many are `browse` URLs, by host."""
    sketch: tuple[int, ...] = ()
    """Its numbers, mixed up: the 64 smallest, which tell how many different ones there are."""

    @property
    def mentions(self) -> int:
        """How often it is mentioned at all."""
        return self.upper + self.other

    @property
    def numbers(self) -> int:
        """How many different numbers it has: exact below 64, then an estimate."""
        if len(self.sketch) < _KEPT:
            return len(self.sketch)
        return (_KEPT - 1) * _RANGE // self.sketch[-1]

    def plus(self, more: PrefixCounts) -> PrefixCounts:
        """Return the counts of two disjoint sets of items together."""
        return PrefixCounts(
            self.upper + more.upper,
            self.other + more.other,
            self.heads + more.heads,
            dict(sorted((Counter(self.pages) + Counter(more.pages)).items())),
            tuple(sorted({*self.sketch, *more.sketch})[:_KEPT]),
        )


class PrefixStatistics(Struct, frozen=True):
    """How every prefix is used in one repository; what an admin is shown of the unknown ones."""

    prefixes: dict[str, PrefixCounts] = field(default_factory=dict)

    def plus(self, more: PrefixStatistics) -> PrefixStatistics:
        """Return the statistics of two disjoint sets of items together."""
        together = dict(self.prefixes)
        for prefix, counts in more.prefixes.items():
            known = together.get(prefix)
            together[prefix] = known.plus(counts) if known else counts
        return PrefixStatistics(together)


_NEVER = PrefixCounts()


class Learned(Struct, frozen=True):
    """What a repository's mentions teach about its projects."""

    own: tuple[str, ...] = ()
    """Used here as projects: they count in any case."""
    most_used: tuple[str, ...] = ()
    """Those of `own` that are so common that they count without their dash."""
    misspelt: tuple[str, ...] = ()
    """Slips of the pen for one of `own`: they do not count."""
    hosts: tuple[str, ...] = ()
    """Where the pages of its issues are, or were before the tracker moved."""


def count_prefixes(items: Iterable[Iterable[Candidate]]) -> PrefixStatistics:
    """Return the statistics of the candidates of *items*: commits, branches, pull requests."""
    upper: Counter[str] = Counter()
    other: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    pages: defaultdict[str, Counter[str]] = defaultdict(Counter)
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for candidates in items:
        for candidate in candidates:
            if candidate.form not in _FORMS:
                continue
            prefix = candidate.project
            (other if candidate.form is Form.ANY_CASE else upper)[prefix] += 1
            heads[prefix] += candidate.heads_line
            if candidate.form is Form.BROWSE_URL:
                pages[prefix][candidate.origin.partition("/")[0]] += 1
            numbers[prefix].add(candidate.number)
    return PrefixStatistics(
        {
            prefix: PrefixCounts(
                upper[prefix],
                other[prefix],
                heads[prefix],
                dict(sorted(pages[prefix].items())),
                tuple(sorted({number * _MIX % _RANGE for number in seen})[:_KEPT]),
            )
            for prefix, seen in sorted(numbers.items())
        }
    )


def learn(statistics: PrefixStatistics, *, projects: Collection[str] = ()) -> Learned:
    """Decide which projects are the repository's own: of *projects* when there is a list."""
    prefixes = statistics.prefixes
    if projects:
        listed = {name.upper(): prefixes.get(name.upper(), _NEVER) for name in projects}
        seen = {name for name, counts in listed.items() if counts.upper >= FEWEST_OF_LISTED}
        return _in_order(seen, set(), set(), _hosts(listed))
    total = sum(counts.upper for counts in prefixes.values())
    used = {name: counts for name, counts in prefixes.items() if _is_used(name, counts, of=total)}
    misspelt = {name for name, counts in prefixes.items() if _is_misspelt(name, counts, used)}
    own = {name: counts for name, counts in used.items() if name not in misspelt}
    fewest = max(FEWEST_OF_FREQUENT, FREQUENT_SHARE * total)
    frequent = {name: counts for name, counts in own.items() if counts.upper >= fewest}
    most_used = {name for name, counts in frequent.items() if _opens_lines(counts)}
    return _in_order(own.keys(), most_used, misspelt, _hosts(frequent))


def _is_used(prefix: str, counts: PrefixCounts, *, of: int) -> bool:
    """Tell whether a prefix is used as a project is; one of the stop-list must open the history."""
    if is_stopped(prefix) and not (counts.upper >= CHIEF_SHARE * of and _opens_lines(counts)):
        return False
    return (
        counts.upper >= FEWEST_MENTIONS
        and counts.numbers >= FEWEST_NUMBERS
        and counts.upper * 2 >= counts.other
    )


def _opens_lines(counts: PrefixCounts) -> bool:
    """Tell whether a prefix opens many lines, and most of those that it is in."""
    return (
        counts.upper >= FEWEST_OF_FREQUENT
        and counts.numbers >= FEWEST_OF_FREQUENT
        and counts.heads * 2 >= counts.mentions
    )


def _hosts(projects: Mapping[str, PrefixCounts]) -> AbstractSet[str]:
    """Return the hosts of the pages of *projects*, but for those named a time or two."""
    pages: Counter[str] = Counter()
    for counts in projects.values():
        pages.update(counts.pages)
    return {host for host, times in pages.items() if host and times >= FEWEST_PAGES}


def _in_order(*parts: AbstractSet[str]) -> Learned:
    return Learned(*(tuple(sorted(part)) for part in parts))


def _is_misspelt(prefix: str, counts: PrefixCounts, used: Mapping[str, PrefixCounts]) -> bool:
    """Tell whether a rare prefix is a slip away from one that is used a hundred times as often."""
    if counts.pages:
        return False
    return any(
        right.upper >= MISSPELT_RATIO * counts.mentions and is_one_slip(prefix, name)
        for name, right in used.items()
    )


def is_one_slip(written: str, right: str) -> bool:
    """Tell whether one letter is missing, added, wrong or swapped with its neighbour."""
    if len(right) < _SHORTEST_SPELLING or abs(len(written) - len(right)) > 1:
        return False
    if len(written) != len(right):
        shorter, longer = sorted((written, right), key=len)
        return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
    wrong = [i for i, (a, b) in enumerate(zip(written, right, strict=True)) if a != b]
    if len(wrong) == 1:
        return len(right) > _SHORTEST_SPELLING
    first, *others = wrong or [0]
    return others == [first + 1] and written[first : first + 2] == right[first : first + 2][::-1]
