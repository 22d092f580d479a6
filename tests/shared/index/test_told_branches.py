"""What single events tell of a branch makes one history, whatever their order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.cursors import Chain, Cursor
from shared.events import PushEvent, RefUpdate
from shared.index.told_branches import REMEMBERED_FOR, is_cut, missing, remembered, with_update
from shared.model import EPOCH, Commit, CommitId, RepositoryId

MAIN = "refs/heads/main"


def at(second: float) -> datetime:
    return datetime(2026, 11, 21, 10, 0, tzinfo=UTC) + timedelta(seconds=second)


def commit(number: int) -> CommitId:
    return CommitId(f"{number:040x}")


Step = tuple[RefUpdate, datetime]


def steps(heads: list[CommitId | None]) -> list[Step]:
    """Return the pushes that move a branch through *heads*; None: it is not there."""
    moves = [(old, new) for old, new in pairwise(heads) if old != new]
    return [(RefUpdate(MAIN, old, new), at(n)) for n, (old, new) in enumerate(moves)]


def told(history: list[Step]) -> tuple[Chain, ...]:
    chains: tuple[Chain, ...] = ()
    for update, moment in history:
        chains = with_update(chains, update, at=moment)
    return chains


HISTORIES = st.lists(st.none() | st.integers(1, 4).map(commit), min_size=2, max_size=8).map(steps)


@given(HISTORIES.filter(bool).flatmap(lambda h: st.tuples(st.just(h), st.permutations(h * 2))))
def test_in_any_order_and_told_twice_a_history_is_one_chain(
    histories: tuple[list[Step], list[Step]],
) -> None:
    history, shuffled = histories

    (chain,) = told(shuffled)

    assert (chain.start, chain.end) == (history[0][0].old, history[-1][0].new)
    assert (chain.since, chain.until) == (history[0][1], history[-1][1])


@given(st.permutations(range(6)), st.integers(1, 4))
def test_a_push_that_is_missing_leaves_two_chains(order: list[int], lost: int) -> None:
    history = steps([commit(n) for n in range(1, 8)])

    chains = told([history[n] for n in order if n != lost])

    assert len(chains) == 2
    assert missing(Cursor(told={"main": chains})) == 1
    assert chains[-1].end == commit(7)


def test_a_branch_that_is_made_anew_misses_nothing() -> None:
    history = [(RefUpdate(MAIN, None, commit(1)), at(0)), (RefUpdate(MAIN, None, commit(2)), at(1))]

    assert told(history) == (Chain(None, commit(2), at(0), at(1)),)


def push(*ids: int, new: int | None = 1, is_whole: bool = True) -> PushEvent:
    update = RefUpdate(MAIN, commit(99), None if new is None else commit(new))
    return PushEvent(
        id="e",
        event_type="git.push",
        created_at=None,
        project_id=None,
        repository_id=RepositoryId("r"),
        updates=(update,),
        commits=tuple(Commit(commit(n), "x", "x", EPOCH, is_whole) for n in ids),
    )


def test_a_push_may_have_had_more_than_its_event_tells() -> None:
    assert not is_cut(push(1, 2))
    assert not is_cut(push(new=1))
    assert not is_cut(push(new=None))
    assert not is_cut(push(*range(1, 25)))

    assert is_cut(push(*range(1, 26)))
    assert is_cut(push(2, 3, new=1))
    assert is_cut(push(1, is_whole=False))


def test_what_is_old_is_forgotten_but_not_where_a_branch_stands() -> None:
    old, now = at(0), at(1) + REMEMBERED_FOR
    stands = Chain(commit(3), commit(4), old, old)
    known = {
        "main": (Chain(commit(1), commit(2), old, old), stands),
        "gone": (Chain(commit(1), None, old, old),),
        "new": (Chain(commit(1), commit(2), now, now), stands),
    }

    left = remembered(known, now)

    assert left == {"main": (stands,), "new": known["new"]}
