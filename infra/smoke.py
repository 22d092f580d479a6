"""Tell whether what was deployed is there: every function is listed, and the app answers.

`az functionapp function list --query '[].name' | python -m infra.smoke https://…`. An app of which
one function does not load has none at all, and says so nowhere else.
"""

from __future__ import annotations

import json
import runpy
import sys
import threading
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import azure.functions as func

_ROOT: Final = Path(__file__).resolve().parents[1]
_TRIES: Final = 12
_SECONDS_BETWEEN: Final = 10.0
_SECONDS_FOR_AN_ANSWER: Final = 30.0
_HTTPS_OR_LOOPBACK: Final = ("https://", "http://localhost:", "http://127.0.0.1:")


@cache
def expected_functions() -> frozenset[str]:
    """Return the names of all functions that this tree registers."""
    app: func.FunctionApp = runpy.run_path(str(_ROOT / "function_app.py"))["app"]
    return frozenset(str(function.get_function_name()) for function in app.get_functions())


def mistakes_in_list(listed: Collection[str], expected: Collection[str]) -> list[str]:
    """Return what is wrong with the names that Azure lists, which it writes as `app/function`."""
    found = {name.rpartition("/")[2] for name in listed}
    missing, foreign = sorted(set(expected) - found), sorted(found - set(expected))
    told = [f"not listed: {', '.join(missing)}"] if missing else []
    return told + ([f"listed, and not of this version: {', '.join(foreign)}"] if foreign else [])


def mistake_in_health(url: str, *, wait: Callable[[float], object], tries: int = _TRIES) -> str:
    """Return what is wrong with the answer, empty for nothing; a first start is waited for."""
    mistake = ""
    for is_again in [False] + [True] * (tries - 1):
        if is_again:
            wait(_SECONDS_BETWEEN)
        mistake = _look(f"{url.rstrip('/')}/api/health")
        if not mistake:
            break
    return mistake


def _look(address: str) -> str:
    if not address.startswith(_HTTPS_OR_LOOPBACK):
        return f"{address} does not begin with https://"
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS_FOR_AN_ANSWER) as answer:  # noqa: S310 — checked above
            told = json.load(answer)
    except (OSError, ValueError) as error:  # of the network, its status, or the JSON
        return f"{address}: {error}"
    is_well = isinstance(told, dict) and told.get("status") == "ok"
    if is_well and told.get("version") == __version__:
        return ""
    return f"{address} tells {str(told)[:100]}, and not that version {__version__} is ok"


def main(arguments: Sequence[str]) -> int:
    """Return the exit status; *arguments* are the app's address, standard input is Azure's list."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m infra.smoke https://…  < list of names\n")
        return 2
    mistakes = mistakes_in_list(json.load(sys.stdin), expected_functions())
    health = mistake_in_health(arguments[0], wait=threading.Event().wait)
    mistakes += [health] if health else []
    sys.stderr.writelines(f"{mistake}\n" for mistake in mistakes)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
