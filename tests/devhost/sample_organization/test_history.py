from __future__ import annotations

from typing import TYPE_CHECKING

from devhost.sample_organization.history import Histories

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization


def test_parents_never_come_before_their_children(sample: SampleOrganization) -> None:
    # All at one moment of the clock: the dates alone say nothing.
    sample.push("web", "main", *(f"PAY-{n}" for n in range(20)))
    sample.push("web", "topic", *(f"PAY-{n}" for n in range(20, 30)))
    head = sample.merge_branch("web", "topic", into="main", message="Merge")
    one = sample.repository("web")
    git = sample.organization.git.open(one)

    order = [str(oid) for oid in Histories().all(git, head)]

    places = {sha: place for place, sha in enumerate(order)}
    for sha in order:
        parents = sample.organization.git.commit(one, sha).parent_ids
        assert all(places[str(parent)] > places[sha] for parent in parents)
    assert len(order) == 31


def test_pages_of_a_part_join_to_the_whole_and_forgotten_orders_come_again(
    sample: SampleOrganization,
) -> None:
    base = sample.push("web", "main", "PAY-0")
    head = sample.push("web", "main", *(f"PAY-{n}" for n in range(1, 8)))
    git = sample.organization.git.open(sample.repository("web"))
    histories = Histories(kept=1)

    pages = []
    for skip in (0, 3, 6, 9):
        pages.append(histories.page(git, head, without=base, skip=skip, top=3))
        histories.page(git, base, skip=0, top=1)

    assert [len(page) for page in pages] == [3, 3, 1, 0]
    joined = [oid for page in pages for oid in page]
    assert joined == list(histories.all(git, head, without=base))
