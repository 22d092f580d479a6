"""An admin's filter of repositories, and what it may not ask for."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from shared.discovery.filter_bounds import Meter, TooMuchError
from shared.discovery.filtering import LONGEST, check_filter, kept_by
from shared.errors import BadRequestError

LISTED = [
    {"id": str(n), "name": name, "project": {"name": project}, "isFork": n == 3}
    for n, (name, project) in enumerate(
        [("shop", "Shop"), ("stock", "Shop"), ("site", "Site"), ("shop", "Forks")]
    )
]

JOINED = "[*].{t: join('" + "x" * 900 + "', `[" + ",".join(['""'] * 100) + "]`)}"
QUOTED = "[*].{t: " + "to_string([" * 7 + "'" + '"' * 500 + "'" + "])" * 7 + "}"
REVERSED = "[*].{t: '" + "x" * 1000 + "' | [" + ",".join(["reverse(@)"] * 60) + "]}"


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("", {"0", "1", "2", "3"}),
        ("  ", {"0", "1", "2", "3"}),
        ("[?project.name=='Shop']", {"0", "1"}),
        ("[?starts_with(name, 's')] | [?!isFork]", {"0", "1", "2"}),
        ("[?contains(name, 'ho')]", {"0", "3"}),
        ("[0]", None),
        ("[?name=='nothing']", set()),
        ("[*].{id: id}", {"0", "1", "2", "3"}),
        ("[*].name", set()),
        ("[{id: 'another'}]", set()),
    ],
)
def test_a_filter_keeps_what_it_selects(expression: str, kept: set[str] | None) -> None:
    if kept is None:
        with pytest.raises(BadRequestError):
            kept_by(expression, LISTED)
    else:
        assert kept_by(expression, LISTED) == kept


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("[?name==", "position"),
        ("[?nonsense(name)]", "no function nonsense at position 2"),
        ("[?name=='a' || 'nonsense(' == nonsense(name)]", "nonsense at position 30"),
        ("[?starts_with(name)]", "starts_with takes 2 arguments, not 1, at position 2"),
        ("[?not_null()]", "takes 1 argument, not 0"),
        ("[?length(name, name)]", "length takes 1 argument, not 2"),
        ("[?name='shop']", "'=' does not belong (two of them compare) at position 6"),
        ("[?name=='shop'", "something is missing at position 14"),
        ("[?name=='shop]", "does not belong at position 8"),
        ("[?(name]", "does not belong at position 7"),
        ("|", "does not belong at position 0"),
        ("[?contains(name, `1`)]", "fails"),
        ("[?ceil(`1e999`)]", "fails"),
        ("[::0]", "fails"),
        ("[?length(isFork)]", "fails"),
        ("name", "list of repositories"),
        ("'" + "x" * LONGEST + "'", "longer than"),
        ("(" * 900 + "@" + ")" * 900, "nested"),
        ("[" * 300 + "@" + "]" * 300, "nested"),
        ("[" + ",".join("@" * 300) + "]", "too many"),
        ("[@,@][][][@,@][][@,@][]" * 12, "too"),
        ("|".join(["[@,@,@,@][]"] * 40), "too"),
        ("[" + "[@,@,@,@,@,@,@,@][]|" * 8 + "@]", "too many"),
        ("[*].{" + ",".join(f"k{n}: @" for n in range(65)) + "}", "too many"),
        ("[?" + "!" * 1900 + "isFork]", "nested"),
        ("[?to_string(`" + "[" * 900 + "]" * 900 + "`)]", "too"),
        ("not_null(" * 60 + "@" + ")" * 60, "nested"),
        ("|".join(["[[*],[*],[*],[*]][]"] * 30), "too"),
        ("to_string([" * 15 + "@" + "])" * 15, "too long a text"),
        ("|".join(["map(&map(&@, [@,@]), @)[][]"] * 12), "too"),
        ("&name", "list of repositories"),
        # What one step of these makes, all of them together cannot keep.
        (JOINED, "too long a text"),
        (QUOTED, "too long a text"),
        (REVERSED, "too long a text"),
        ("[@,@,@,@,@,@,@,@][]|" + "[?" + "||".join(["name=='x'"] * 100) + "]", "too many steps"),
    ],
    ids=lambda value: value[:40],
)
def test_a_filter_that_asks_for_too_much_or_makes_no_sense_is_refused(
    expression: str, reason: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        kept_by(expression, LISTED * 250)

    assert reason in refused.value.fields["repositories.jmespath"]


@pytest.mark.parametrize(
    "expression",
    [
        "|".join(["sort_by(@, &name)"] * 60),
        "|".join(["map(&[@], @)[]"] * 30),
        "[?" + "not_null(" * 35 + "name" + ")" * 35 + "]",
        "[?" + "&&".join(["@==@"] * 90) + "]",
        "[?" + "||".join(f"name=='{n}'" for n in range(90)) + "]",
        "[@,@,@,@,@,@,@,@][][@,@,@,@,@,@,@,@][]",
        "[?contains(to_string(@), 'nothing')]",
        "[*].{t: to_string(@), id: id} | [?contains(t, 'Shop')]",
        "[?to_number('" + "9" * 1900 + "') > `1`]",
    ],
    ids=lambda value: value[:40],
)
def test_what_is_long_but_asks_for_little_is_carried_out(expression: str) -> None:
    began = time.thread_time()

    kept_by(expression, LISTED * 250)

    assert time.thread_time() - began < 10


def test_memory_that_filters_take_is_bounded() -> None:
    many = LISTED * 1250
    tracemalloc.start()

    with pytest.raises(BadRequestError):
        kept_by(JOINED, many)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150_000_000


@pytest.mark.parametrize("spent", [1, 1000])
def test_processor_time_is_bounded_too(spent: int) -> None:
    meter = Meter(steps=10**9, text=0, until=time.thread_time() - 1)

    def work() -> None:
        for _ in range(1001):
            meter.take_steps(spent)

    with pytest.raises(TooMuchError, match="takes too long"):
        work()


def test_a_filter_is_checked_without_repositories() -> None:
    check_filter("[?project.name=='Shop']")
    check_filter("")

    with pytest.raises(BadRequestError):
        check_filter("[?")
