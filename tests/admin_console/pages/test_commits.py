"""The commits of a repository, and attaching one of them to an issue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

HOSTILE = "<img src=x onerror=alert(1)> \u202eOPS-<b>2"


@pytest.fixture
def page(installation: Installation, sample: SampleOrganization) -> str:
    """Return the page of a repository with a linked commit and others."""
    sample.push("part-00", "main", "Fixes OPS-2", "Nothing to see", HOSTILE)
    made = installation.connect(sample)
    installation.work()
    installation.call("PATCH", "trackers/default", {"projects": ["PAY"]})
    installation.work()
    return f"/integrations/{made}/repositories/{sample.repository('part-00').id}/commits"


@pytest.fixture
def operator(installation: Installation) -> Visitor:
    return Visitor(installation.services, role="operator")


def commit_of(installation: Installation, page: str, title: str) -> str:
    rows = installation.call("GET", page.removeprefix("/")).json["commits"]
    [found] = [row["id"] for row in rows if row["title"] == title]
    return str(found)


def test_each_commit_says_what_it_links_to_or_why_it_does_not(
    installation: Installation, page: str
) -> None:
    seen = Visitor(installation.services).get(page)

    assert seen.status == 200
    assert "Commits of part-00" in seen.text
    assert "linked PAY-1" in seen.text
    assert 'href="/api/console/issues?key=PAY-1&amp;tracker=default"' in seen.html
    assert "no key OPS-2 is of OPS, which is not in the list of projects" in seen.text
    assert 'href="/api/console/trackers/default"' in seen.html
    assert "Nothing in its message is written like an issue key." in seen.text
    assert 'href="/api/console/help/missing-links#written"' in seen.html


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["PAY-1 Start", "Fixes OPS-2", "Nothing to see"]),
        ("?linked=true", ["PAY-1 Start"]),
        ("?linked=false", ["Fixes OPS-2", "Nothing to see"]),
    ],
)
def test_linked_and_unlinked_are_shown_apart(
    operator: Visitor, page: str, query: str, titles: list[str]
) -> None:
    seen = operator.get(page + query)

    all_titles = ("PAY-1 Start", "Fixes OPS-2", "Nothing to see")
    assert [title for title in all_titles if title in seen.text] == titles
    assert seen.html.count('aria-current="page">') >= 2, "the tab, and which commits are shown"


def test_operator_is_led_to_commits_but_not_to_rules(
    installation: Installation, operator: Visitor, page: str
) -> None:
    listed = page.partition("/part")[0].rpartition("/repositories")[0] + "/repositories"
    viewer = Visitor(installation.services, role="viewer")

    assert f'href="/api/console{page}"' in operator.get(listed).html
    assert "/commits" not in viewer.get(listed).html
    assert viewer.get(page).status == 403
    assert "/trackers/default" not in operator.get(page).html


def test_commit_is_attached_and_the_way_back_is_kept(
    installation: Installation, operator: Visitor, page: str
) -> None:
    commit = commit_of(installation, page, "Nothing to see")

    done = operator.post(
        f"{page}/attach?linked=false&tracker=default", {"commit": commit, "key": "pay-77"}
    )
    back = operator.follow(done)

    assert done.location.endswith("/commits?linked=false&tracker=default&done=attached")
    assert "Attached by hand. It stays so, whatever is indexed" in back.text
    assert "Nothing to see" not in back.text
    assert "Nothing to see" in operator.get("/issues?key=PAY-77").text
    [entry] = [
        e
        for e in installation.call("GET", "audit").json["entries"]
        if e["action"] == "link_attached"
    ]
    assert entry["by"]["kind"] == "user"


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"key": "<b>"}, 400, "is not an issue key"),
        ({"key": ""}, 400, "is not an issue key"),
        ({"key": "PAY-1", "commit": "abc"}, 400, "it is not a full SHA"),
        ({"key": "PAY-1", "commit": "0" * 40}, 404, "The repository has no such commit"),
    ],
)
def test_mistake_is_told_and_what_was_typed_stays(
    installation: Installation,
    operator: Visitor,
    page: str,
    form: dict[str, str],
    status: int,
    told: str,
) -> None:
    commit = commit_of(installation, page, "Nothing to see")

    seen = operator.post(f"{page}/attach?linked=false", {"commit": commit, **form})

    assert seen.status == status
    assert told in seen.text
    assert "<b>" not in seen.html
    is_open = "<details open>" in seen.html
    assert is_open == ("commit" not in form)
    assert "PAY-1 Start" not in seen.text, "the filter stays"


def test_text_of_others_is_text(operator: Visitor, page: str) -> None:
    seen = operator.get(page)

    assert "&lt;img src=x onerror=alert(1)&gt;" in seen.html
    assert "<img src=x" not in seen.html
    assert "\u202e" not in seen.html


def test_repository_of_another_integration_is_unknown(
    installation: Installation, sample: SampleOrganization, operator: Visitor, page: str
) -> None:
    for wrong in (
        page.replace(sample.repository("part-00").id, sample.repository("empty").id),
        page.replace(page.split("/")[2], "nothing"),
        f"{page}?tracker=second",
    ):
        assert operator.get(wrong).status == 404
        assert operator.post(wrong.replace("/commits", "/commits/attach")).status == 404
    assert operator.get(f"{page}?linked=maybe").status == 400


def test_release_notes_do_not_fill_the_page(
    installation: Installation, sample: SampleOrganization, operator: Visitor, page: str
) -> None:
    named = " ".join(f"OPS-{n} PAY-{n}" for n in range(1001, 1301))
    sample.push("part-00", "main", f"Notes {named}")
    installation.call("POST", f"integrations/{page.split('/')[2]}/reindex", {})
    installation.work()

    seen = operator.get(f"{page}?linked=true")

    assert "PAY-1020 and 280 more" in seen.text
    assert "not in the list of projects and 295 more" in seen.text
    assert seen.text.count("OPS-") < 50, "the first are told, and what the title holds"


def test_trackers_are_chosen_where_there_are_several(
    installation: Installation, sample: SampleOrganization, operator: Visitor, page: str
) -> None:
    installation.call("POST", "trackers", {"name": "<b>Second", "id": "second"})
    integration = f"integrations/{page.split('/')[2]}"
    assert "Tracker</label>" not in operator.get(page).html
    installation.call("PATCH", integration, {"trackers": ["default", "second"]})
    installation.work()

    seen = operator.get(f"{page}?tracker=second&linked=true")

    assert '<option value="second" selected>&lt;b&gt;Second</option>' in seen.html
    assert "Fixes OPS-2" in seen.text, "the second tracker has no list of projects"


def test_pages_carry_the_filter_on(
    installation: Installation, sample: SampleOrganization, operator: Visitor, page: str
) -> None:
    sample.push("part-00", "main", *(f"Step {number}" for number in range(60)))
    installation.call("POST", f"integrations/{page.split('/')[2]}/reindex", {})
    installation.work()

    first = operator.get(f"{page}?linked=false")
    following = first.html.partition('class="pager"')[2].partition('href="')[2].partition('"')[0]
    second = operator.get(following.replace("&amp;", "&").removeprefix("/api/console"))

    assert "linked=false" in following
    assert (first.html.count("<details"), second.html.count("<details")) == (50, 13)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "Commits are not indexed."),
        ("?linked=true", "Commits are not indexed."),
    ],
)
def test_commits_that_are_switched_off_are_not_shown_and_it_says_so(
    installation: Installation, operator: Visitor, page: str, query: str, told: str
) -> None:
    installation.call("PATCH", f"integrations/{page.split('/')[2]}", {"index": {"commits": False}})

    seen = operator.get(page + query)

    assert told in seen.text
    assert "PAY-1 Start" not in seen.text


def test_nothing_of_the_kind_says_what_to_do_next(
    installation: Installation, sample: SampleOrganization, operator: Visitor, page: str
) -> None:
    other = page.replace(sample.repository("part-00").id, sample.repository("part-01").id)
    installation.call("PATCH", "trackers/default", {"projects": ["WEB"]})
    installation.work()

    linked = operator.get(f"{other}?linked=true")
    installation.call("PATCH", "trackers/default", {"projects": ["PAY"]})
    installation.work()
    unlinked = operator.get(f"{other}?linked=false")

    assert "No commit links to an issue. See why not" in linked.text
    assert "Every commit links to an issue." in unlinked.text
