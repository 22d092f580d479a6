"""An admin's filter of repositories, and what it may not ask for."""

from __future__ import annotations

import pytest

from shared.discovery.filtering import LONGEST, check_filter, kept_by
from shared.errors import BadRequestError

LISTED = [
    {"id": str(n), "name": name, "project": {"name": project}, "isFork": n == 3}
    for n, (name, project) in enumerate(
        [("shop", "Shop"), ("stock", "Shop"), ("site", "Site"), ("shop", "Forks")]
    )
]


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
        ("[?nonsense(name)]", "fails"),
        ("[?length(isFork)]", "fails"),
        ("name", "list of repositories"),
        ("'" + "x" * LONGEST + "'", "longer than"),
        ("(" * 900 + "@" + ")" * 900, "nested"),
        ("[" * 300 + "@" + "]" * 300, "nested"),
        ("[" + ",".join("@" * 300) + "]", "too many"),
        ("[@,@][][][@,@][][@,@][]" * 12, "too"),
        ("|".join(["[@,@,@,@][]"] * 40), "too"),
        ("|".join(["[[*],[*],[*],[*]][]"] * 30), "too"),
        ("to_string([" * 15 + "@" + "])" * 15, "too long a text"),
        ("|".join(["map(&map(&@, [@,@]), @)[][]"] * 12), "too"),
        ("&name", "list of repositories"),
    ],
)
def test_a_filter_that_asks_for_too_much_or_makes_no_sense_is_refused(
    expression: str, reason: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        kept_by(expression, LISTED * 25)

    assert reason in refused.value.fields["repositories.jmespath"]


def test_a_filter_is_checked_without_repositories() -> None:
    check_filter("[?project.name=='Shop']")
    check_filter("")

    with pytest.raises(BadRequestError):
        check_filter("[?")
