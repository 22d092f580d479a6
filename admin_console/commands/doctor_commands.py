"""What operators do from a shell to find out why an integration does not work."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from shared.connections.opening import integration_of
from shared.integrations.doctor import examine_stored
from shared.interfaces.examining import TITLES

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from shared.integrations.doctor import Examination
    from shared.interfaces.examining import Step
    from shared.services import Services

_MARKS: Final = {True: "ok", False: "FAILED", None: "not told"}
_FAILED: Final = 1
_WIDTH: Final = 100
_INDENT: Final = "          "


def test_integration(services: Services, arguments: argparse.Namespace) -> int:
    """Print each step of an examination of *arguments.integration*; return the exit status.

    It is 0 when nothing stands in the way of what the integration needs, else 1.
    """
    return tell(examine_stored(services, integration_of(services, arguments.integration)))


def tell(found: Examination) -> int:
    """Print each step of an examination; return 0 when nothing that is needed failed, else 1."""
    for step in found.steps:
        print("\n".join(_lines(step)))
    return 0 if found.ok else _FAILED


def _lines(step: Step) -> Iterator[str]:
    title = TITLES[step.step] + (f" ({step.organization})" if step.organization else "")
    yield f"{_MARKS[step.ok]:<10}{title}"
    yield from _wrapped(step.message)
    if step.next_step:
        yield from _wrapped(f"→ {step.next_step}")
    # What is copied is not broken.
    yield from (f"{_INDENT}{text}" for text in (step.help_url, step.command) if text)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
