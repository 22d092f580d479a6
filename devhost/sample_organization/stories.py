"""A few invented repositories with good stories, made on the spot.

Issue keys stand in every place where a team writes them: the first line and the body of a
message, a branch's name, a tag's name, a pull request's title and, far down, its description. The
tracker's project is `PAY`; Azure Boards' work items are `AB#n`, some of them attached.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .story_texts import (
    LONG_DESCRIPTION,
    LONG_MESSAGE,
    ODD_MESSAGES,
    SHOP_HISTORY,
    TYPES_HISTORY,
    WORK_ITEMS,
)

if TYPE_CHECKING:
    from datetime import datetime

    from .sample import SampleOrganization

SHOP = "Web shop"
PAYMENTS = "Zahlungen & Café #1"
LEGACY = "Legacy"

_YEAR = timedelta(days=365)
_REVIEWER = "Team lead"
_FRONTEND = "Frontend developer"


def tell_stories(sample: SampleOrganization) -> None:
    """Fill *sample*: four projects, five repositories, and pull requests in every state.

    It all happens in the year before the clock's present. Commits and ids are the same whenever
    it is told at the same moment.
    """
    now = sample.clock.now()
    sample.clock.advance(-_YEAR)
    days = _Days(sample, now)
    _found_projects(sample)
    _tell_of_the_shop(sample, days)
    _tell_of_closed_pull_requests(sample, days)
    _tell_of_payments(sample, days)
    _tell_of_the_mobile_fork(sample, days)
    _tell_of_a_conflict(sample, days)
    _tell_of_open_pull_requests(sample, days)
    sample.clock.advance_to(now)


class _Days:
    """Lets time pass until so many days before the present."""

    def __init__(self, sample: SampleOrganization, now: datetime) -> None:
        self._clock = sample.clock
        self._now = now

    def ago(self, days: float) -> None:
        self._clock.advance_to(self._now - timedelta(days=days))


def _found_projects(sample: SampleOrganization) -> None:
    sample.add_project(SHOP, description="What customers see")
    sample.add_project(PAYMENTS, description="What they pay with")
    sample.add_project(LEGACY, source_control="Tfvc", description="Still under TFVC")
    sample.add_project("Sandbox")
    for number, (project, kind, title, state, parent) in enumerate(WORK_ITEMS, start=1):
        sample.add_work_item(project, number, title, kind=kind, state=state, parent=parent)
    sample.create_repository("Sandbox", "empty")
    sample.create_repository("Sandbox", "retired")
    sample.push("retired", "main", "PAY-1 The first shop of all")
    sample.disable_repository("retired")


def _tell_of_the_shop(sample: SampleOrganization, days: _Days) -> None:
    """Tell of a year of work on one branch: a merge made by hand, tags, an attached work item."""
    sample.create_repository(SHOP, "shop")
    for number, (who, message) in enumerate(SHOP_HISTORY):
        days.ago(360 - 12 * number)
        files = {f"src/{message.split()[-1].strip('.').lower()}.py": f"{number}\n".encode()}
        sample.push("shop", "main", message, files=files, by=who)
    sample.create_branch("shop", "release/1.0")
    sample.tag("shop", "v1.0.0", at=sample.head("shop", "main"), message="PAY-20 First release")
    days.ago(100)
    sample.push("shop", "hotfix/PAY-21-rounding", "Round to whole cents", by=_FRONTEND)
    sample.merge_branch(
        "shop",
        "hotfix/PAY-21-rounding",
        into="main",
        message="Merge branch 'hotfix/PAY-21-rounding'",
    )
    sample.tag("shop", "v1.0.1", at=sample.head("shop", "main"))
    sample.tag("shop", "PAY-28-end-of-sale", at=sample.head("shop", "main"))
    sample.attach_work_item(4, "shop", commit=sample.head("shop", "main"))
    for number, message in enumerate(ODD_MESSAGES):
        days.ago(90 - number)
        sample.push("shop", "main", message)
    sample.push("shop", "main", LONG_MESSAGE, by="Release manager")


def _tell_of_closed_pull_requests(sample: SampleOrganization, days: _Days) -> None:
    """Open some and close them: merged, squashed, rebased, abandoned."""
    days.ago(70)
    sample.push("shop", "feature/vouchers", "PAY-103 Take vouchers", "Say why one is refused")
    merged = sample.open_pull_request(
        "shop", "feature/vouchers", "Vouchers", description="Closes PAY-103.", work_items=[3]
    )
    sample.vote(merged, 10, by=_REVIEWER)
    days.ago(68)
    sample.complete(merged, delete_source_branch=True, by=_REVIEWER)

    sample.push("shop", "feature/returns", "wip", "wip again", "Fix the tests", by=_FRONTEND)
    squashed = sample.open_pull_request(
        "shop", "feature/returns", "PAY-104 Returns", description=LONG_DESCRIPTION, work_items=[4]
    )
    sample.vote(squashed, 10, by=_REVIEWER)
    days.ago(60)
    sample.complete(squashed, strategy="squash", delete_source_branch=True, by=_REVIEWER)

    sample.push("shop", "experiment/PAY-105-voice", "Order by voice")
    abandoned = sample.open_pull_request("shop", "experiment/PAY-105-voice", "Order by voice")
    sample.vote(abandoned, -10, by=_REVIEWER)
    sample.abandon(abandoned)

    days.ago(50)
    sample.push("shop", "feature/prices", "Prices per country, AB#1", "Prices for firms")
    rebased = sample.open_pull_request("shop", "feature/prices", "AB#1 Prices per country")
    days.ago(45)
    sample.complete(rebased, strategy="rebase", by=_REVIEWER)


def _tell_of_payments(sample: SampleOrganization, days: _Days) -> None:
    """Tell of a repository on `master`, in a project whose name has to be encoded."""
    sample.create_repository(PAYMENTS, "payment types")
    for number, (who, message) in enumerate(TYPES_HISTORY):
        days.ago(40 - 3 * number)
        sample.push("payment types", "master", message, by=who)
    sample.push("payment types", "bugfix/pay-7-iban", "Check the IBAN's country")
    sample.open_pull_request(
        "payment types",
        "bugfix/pay-7-iban",
        "Check IBANs",
        target_branch="master",
        description="PAY-7: the country decides the length.",
    )


def _tell_of_the_mobile_fork(sample: SampleOrganization, days: _Days) -> None:
    """Make a fork, and a pull request from it."""
    days.ago(20)
    sample.fork_repository("shop", SHOP, "shop-mobile", by=_FRONTEND)
    sample.push("shop-mobile", "small-screens", "PAY-109 Small screens", by=_FRONTEND)
    sample.open_pull_request(
        "shop",
        "small-screens",
        "Small screens",
        description="For PAY-109",
        from_fork="shop-mobile",
        by=_FRONTEND,
    )


def _tell_of_a_conflict(sample: SampleOrganization, days: _Days) -> None:
    """Let two people change the same line, so that a pull request cannot be merged."""
    line = "src/banner.txt"
    days.ago(10)
    sample.push("shop", "main", "PAY-106 A banner", files={line: b"Welcome\n"})
    sample.push("shop", "feature/PAY-107-banner", "Say hello", files={line: b"Hello\n"})
    days.ago(8)
    sample.push("shop", "main", "PAY-108 A winter banner", files={line: b"Brr\n"})
    sample.open_pull_request("shop", "feature/PAY-107-banner", "Say hello", by=_FRONTEND)


def _tell_of_open_pull_requests(sample: SampleOrganization, days: _Days) -> None:
    """Open some that stay open: under review, a draft, and one with its key far down."""
    days.ago(5)
    sample.push(
        "shop",
        "feature/PAY-101-cart",
        "PAY-101 Keep the cart for a week",
        "Show the cart's age\n\nCloses PAY-101",
    )
    active = sample.open_pull_request(
        "shop", "feature/PAY-101-cart", "Keep the cart", reviewers=[_REVIEWER], work_items=[2]
    )
    sample.attach_work_item(2, "shop", branch="feature/PAY-101-cart")
    days.ago(4)
    sample.vote(active, 5, by=_REVIEWER)
    sample.push("shop", "feature/search", "Search by colour", by=_FRONTEND)
    draft = "PAY-102 Search by colour and size"
    sample.open_pull_request("shop", "feature/search", draft, draft=True, by=_FRONTEND)
    days.ago(1)
    sample.push("shop", "feature/PAY-110-far-down", "Faster pages")
    sample.open_pull_request(
        "shop",
        "feature/PAY-110-far-down",
        "Faster pages",
        description=LONG_DESCRIPTION,
        reviewers=[_REVIEWER],
    )
