"""Predictions reach the judge as it reads them, and its words are understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.judging import Score, Subject, judge, predict, read_score
from bench.recorded import History
from shared.issue_keys import parse_issue_key

if TYPE_CHECKING:
    from pathlib import Path

PRINTED = """\
keys: precision 0.9000 recall 0.7500 tp 9 fp 1 fn 3 | recall by form {'std': '9/12'}
work_items: precision 1.0000 recall 0.5000 tp 2 fp 0 fn 2 | recall by form {'n': '2/4'}
"""


@pytest.mark.parametrize(
    ("subject", "score"),
    [
        ("messages", Score(9, 1, 3)),
        ("branch names", Score(9, 1, 3)),
        ("work items", Score(2, 0, 2)),
    ],
)
def test_counts_are_read_of_what_the_judge_prints(subject: Subject, score: Score) -> None:
    assert read_score(PRINTED, subject) == score


def test_precision_and_recall_are_not_rounded_to_what_is_printed() -> None:
    score = read_score(PRINTED, "messages")

    assert score.precision == 9 / 10
    assert score.recall == 9 / 12


def test_where_the_judge_prints_nothing_nothing_is_wrong_or_missing() -> None:
    score = read_score("", "messages")

    assert (score.precision, score.recall) == (1.0, 1.0)


def test_work_items_and_keys_are_told_apart() -> None:
    keys = [parse_issue_key(text) for text in ("PAY-2", "AB#17", "PAY-10")]

    found = predict(keys, sha="a")

    assert found.keys == ("PAY-2", "PAY-10")
    assert found.work_items == (17,)


def test_the_judge_is_asked_about_branches_and_listed_projects(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(
        "import pathlib, sys\n"
        "lines = pathlib.Path(sys.argv[-1]).read_text().splitlines()\n"
        "right = sys.argv[1:6] == ['--branches', '--projects', 'PAY,SHOP', sys.argv[4], 'shop']\n"
        "print('keys: x tp', len(lines), 'fp', int(not right), 'fn 0')\n"
    )
    history = History(tmp_path, "shop")
    predictions = [predict([parse_issue_key("PAY-1")], branch=name) for name in ("a", "b")]

    score = judge(history, "branch names", predictions, projects=("PAY", "SHOP"))

    assert score == Score(right=2, wrong=0, missing=0)
