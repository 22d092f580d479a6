from __future__ import annotations

from datetime import timedelta

from devhost.backoff import Backoff

LONGEST = timedelta(seconds=2)
SHORTEST = timedelta(milliseconds=100)


def test_pauses_grow_to_the_longest_and_stay_there() -> None:
    backoff = Backoff(LONGEST)

    pauses = [backoff.after(found=False) for _ in range(12)]

    assert pauses[0] == SHORTEST
    assert pauses == sorted(pauses)
    assert pauses[-2:] == [LONGEST, LONGEST]
    assert timedelta(milliseconds=180) <= pauses[1] <= timedelta(milliseconds=220)


def test_a_message_brings_back_the_shortest_pause() -> None:
    backoff = Backoff(LONGEST)
    for _ in range(12):
        backoff.after(found=False)

    assert backoff.after(found=True) == SHORTEST
    assert backoff.after(found=False) < timedelta(milliseconds=300)
