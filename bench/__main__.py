"""Measure Devlinks: `python -m bench`, or `python -m bench score`, `keys` or `histories`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bench.histories import make_repositories
from bench.recorded import PROJECTS, HistoriesMissingError, find_history

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks for, and return the exit status: 1 for a goal missed."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except HistoriesMissingError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.set_defaults(run=_ratios)
    commands = parser.add_subparsers(title="instead of the ratios")
    for name, text, run in (
        ("score", "score what the links endpoint answers for recorded histories", _score),
        ("keys", "score finding issue keys in texts alone, and what it costs", _keys),
        ("histories", "make git repositories of recorded histories", _histories),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "names", nargs="*", metavar="NAME", help=f"{', '.join(PROJECTS)}; all when left out"
        )
        command.set_defaults(run=run)
        if run is _score:
            command.add_argument(
                "--lists",
                action="store_true",
                help="read commits from lists, as if the git protocol were closed",
            )
    return parser


def _ratios(_arguments: argparse.Namespace) -> int:
    from bench.ratios import measure_all  # noqa: PLC0415 — takes a second to import
    from bench.report import keep, table  # noqa: PLC0415 — likewise

    found = measure_all()
    print(table(found))
    print(f"Written to {keep(found)}.")
    return 0


def _score(arguments: argparse.Namespace) -> int:
    from bench.scoring import score_each  # noqa: PLC0415 — takes a second to import

    good = True
    for scored in score_each(_names(arguments), way="lists" if arguments.lists else "git"):
        steps = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in scored.seconds.items())
        print(f"{scored.history}: {scored.commits:,} commits, {scored.links:,} links; {steps}")
        for subject, score in scored.scores.items():
            print(f"  {subject}: {score}")
        good = good and scored.is_good
    return 0 if good else 1


def _keys(arguments: argparse.Namespace) -> int:
    from bench.issue_keys import print_scores  # noqa: PLC0415 — only here

    for name in _names(arguments):
        print_scores(find_history(name))
    return 0


def _histories(arguments: argparse.Namespace) -> int:
    for name in _names(arguments):
        for path in make_repositories(find_history(name)).repositories:
            print(path)
    return 0


def _names(arguments: argparse.Namespace) -> list[str]:
    return arguments.names or list(PROJECTS)


if __name__ == "__main__":
    sys.exit(main())
