"""Attaching things to an issue and detaching them, from the page that shows its links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation

PAGE = "/issues?key=PAY-1"


@pytest.fixture
def operator(installation: Installation, sample: SampleOrganization) -> Visitor:
    """Return an operator, where a commit, a branch and a pull request link to an issue."""
    sample.push("part-00", "feature/PAY-1-total", "Round the total")
    sample.open_pull_request("part-00", "feature/PAY-1-total", title="PAY-1 Round the total")
    installation.connect(sample)
    installation.work()
    return Visitor(installation.services, role="operator")


def items(installation: Installation, issue: str = "PAY-1") -> set[tuple[str, str]]:
    """Return kind and title of what links to an issue."""
    found = installation.call("GET", f"links/{issue}").json["links"]
    return {(link["kind"], link["title"]) for link in found}


def form_of(installation: Installation, kind: str) -> dict[str, str]:
    """Return what the button beside the link to a thing of a kind sends."""
    found = installation.call("GET", "links/PAY-1").json["links"]
    link = next(link for link in found if link["kind"] == kind)
    return {
        "tracker": "default",
        "repository": link["repository"]["id"],
        "kind": kind,
        "id": link["id"],
    }


@pytest.mark.parametrize("kind", ["branch", "pull_request", "commit"])
def test_link_is_detached_and_attached_again(
    installation: Installation, operator: Visitor, kind: str
) -> None:
    form = form_of(installation, kind)
    before = items(installation)
    for name, value in form.items():
        assert f'name="{name}" value="{value}"' in operator.get(PAGE).html

    done = operator.post("/issues/detach?key=PAY-1", form)
    detached = items(installation)
    page = operator.follow(done)
    back = operator.follow(operator.post("/issues/attach?key=PAY-1", form))

    assert before - detached
    assert "It stays hidden, whatever is indexed, until somebody attaches it again." in page.text
    assert "Detached by hand Nobody sees these at the issue" in page.text
    assert "Attach again" in page.text
    assert "Detached by hand" not in back.text
    assert items(installation) == before


def test_what_was_done_by_hand_survives_a_reindex_and_is_audited(
    installation: Installation, operator: Visitor
) -> None:
    operator.post("/issues/detach?key=PAY-1", form_of(installation, "branch"))
    for integration in installation.call("GET", "integrations").json["integrations"]:
        installation.call("POST", f"integrations/{integration['id']}/reindex", {})
    installation.work()

    assert "branch" not in {kind for kind, _ in items(installation)}
    entries = installation.call("GET", "audit").json["entries"]
    [entry] = [e for e in entries if e["action"] == "link_detached"]
    assert entry["by"]["kind"] == "user"


def test_address_of_a_page_is_enough_to_attach_what_it_shows(
    installation: Installation, sample: SampleOrganization, operator: Visitor
) -> None:
    sample.push("part-01", "plain", "Names nothing")
    number = sample.open_pull_request("part-01", "plain", title="Nothing")
    for integration in installation.call("GET", "integrations").json["integrations"]:
        installation.call("POST", f"integrations/{integration['id']}/reindex", {})
    installation.work()
    url = f"{sample.url}/Shop/_git/part-01"

    for address in (
        f"{url}/commit/{sample.head('part-01', 'plain')}?refName=refs%2Fheads%2Fplain",
        f"{url}?version=GBplain",
        f"{url}/pullrequest/{number}",
    ):
        sent = {"tracker": "default", "address": address}
        assert operator.post("/issues/attach?key=WEB-7", sent).status == 303, address

    assert items(installation, "WEB-7") == {
        ("commit", "Names nothing"), ("branch", "plain"), ("pull_request", "Nothing"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("https://example.com/<b>", 400, "no repository that is indexed for this tracker has"),
        ("", 400, "no repository that is indexed for this tracker has"),
        ("{}/commit/abc", 400, "it is not a full SHA"),
        (f"{{}}/commit/{'0' * 40}", 404, "The repository has no such commit"),
        ("{}?version=GBnowhere", 404, "The repository has no such branch"),
    ],
)
def test_address_that_will_not_do_is_told_and_stays_typed(
    sample: SampleOrganization, operator: Visitor, address: str, status: int, told: str
) -> None:
    typed = address.format(f"{sample.url}/Shop/_git/part-01")

    seen = operator.post("/issues/attach?key=PAY-1", {"tracker": "default", "address": typed})

    assert (seen.status, told in seen.text) == (status, True)
    assert "Round the total" in seen.text, "the links are still there"
    assert "<b>" not in seen.html
    assert ('<details class="card" open>' in seen.html) == bool(typed)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "tag"}, 400),
        ({"id": "x y"}, 400),
        ({"id": "feature/other"}, 404),
        ({"repository": "'"}, 404),
        ({"tracker": "second"}, 404),
    ],
)
@pytest.mark.parametrize("what", ["attach", "detach"])
def test_what_no_button_sends_is_refused(
    installation: Installation, operator: Visitor, what: str, change: dict[str, str], status: int
) -> None:
    before = items(installation)

    seen = operator.post(f"/issues/{what}?key=PAY-1", {**form_of(installation, "branch"), **change})

    assert seen.status == status
    assert items(installation) == before


def test_key_that_is_none_is_refused_as_text(installation: Installation, operator: Visitor) -> None:
    wrong = quote("<script>")

    seen = operator.post(f"/issues/detach?key={wrong}", form_of(installation, "branch"))

    assert seen.status == 400
    assert "<script>" not in seen.html


def test_viewer_sees_no_button_and_nothing_that_is_hidden(
    installation: Installation, operator: Visitor
) -> None:
    form = form_of(installation, "branch")
    operator.post("/issues/detach?key=PAY-1", form)
    viewer = Visitor(installation.services, role="viewer")

    seen = viewer.get(PAGE)

    assert "Detach" not in seen.text
    assert "by hand" not in seen.text
    assert viewer.post("/issues/attach?key=PAY-1", form).status == 403


def test_tracker_is_asked_for_where_there_are_several(
    installation: Installation, operator: Visitor
) -> None:
    installation.call("POST", "trackers", {"name": "<b>Second", "id": "second"})

    every = operator.get(PAGE)
    one = operator.get(f"{PAGE}&tracker=default")

    assert '<option value="second">&lt;b&gt;Second</option>' in every.html.rpartition("<select")[2]
    assert "Tracker of the issue" in every.text
    assert "Tracker of the issue" not in one.text
    assert '/issues/attach?key=PAY-1&amp;tracker=default"' in one.html
