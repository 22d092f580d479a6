"""Whole recorded histories, indexed as in production, are linked as their truth has it."""

from __future__ import annotations

import pytest

from bench.recorded import PROJECTS, HistoriesMissingError, find_history
from bench.scoring import GOALS, score_each


def why_not() -> str | None:
    """Return why nothing can be scored here, or None if it can."""
    try:
        for name in PROJECTS:
            find_history(name)
    except HistoriesMissingError as error:
        return str(error)
    return None


MISSING = why_not()

pytestmark = [
    pytest.mark.system,
    pytest.mark.azurite,
    pytest.mark.skipif(MISSING is not None, reason=MISSING or ""),
]


@pytest.mark.parametrize("name", PROJECTS)
def test_the_links_endpoint_answers_what_commits_and_branches_name(name: str) -> None:
    [scored] = score_each([name])
    [listed] = score_each([name], way="lists")

    assert scored.links > 2_000
    assert scored.answered == listed.answered
    for subject, score in scored.scores.items():
        precision, recall = GOALS[subject]
        assert score.precision >= precision, f"{subject}: {score}"
        assert score.recall >= recall, f"{subject}: {score}"
