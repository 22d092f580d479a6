"""Commands as a table that can be read; the parser of the command line is made of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Argument(Struct, frozen=True):
    """An argument of a command, as `argparse` takes it."""

    names: tuple[str, ...]
    options: dict[str, Any]


class Command(Struct, frozen=True):
    """What is typed, and what is done then."""

    words: str
    """One or two: the first of two is a topic, which several commands share."""
    run: Callable[..., int | None]
    """Takes the services and the arguments; returns the exit status where it is not 0. Its
    docstring is what help tells."""
    arguments: tuple[Argument, ...] = ()


def argument(*names: str, **options: Any) -> Argument:
    """Return an argument, described as for `ArgumentParser.add_argument`."""
    return Argument(names, options)


INTEGRATION = argument("integration", help="its id, as `integration list` prints it")


def parser_of(
    commands: Iterable[Command], topics: Mapping[str, str], *, prog: str, description: str | None
) -> argparse.ArgumentParser:
    """Return the parser of *commands*; *topics* says what those with two words are about."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    level = parser.add_subparsers(required=True, metavar="COMMAND")
    below: dict[str, argparse._SubParsersAction[argparse.ArgumentParser]] = {}
    for command in commands:
        topic, _, name = command.words.partition(" ")
        if name and topic not in below:
            group = level.add_parser(topic, help=topics[topic], description=topics[topic])
            below[topic] = group.add_subparsers(required=True, metavar="COMMAND")
        told = command.run.__doc__
        found = (below[topic] if name else level).add_parser(
            name or topic, help=told, description=told
        )
        for one in command.arguments:
            found.add_argument(*one.names, **one.options)
        found.set_defaults(run=command.run)
    return parser
