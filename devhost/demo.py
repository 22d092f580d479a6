"""Show the main job on this machine: `make demo`, or `python -m devhost.demo`.

Connects a sample organization, shows what links to one of its issues, pushes a commit, and shows
its link with the time from push to link. Then everything keeps running until Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from devhost.__main__ import add_arguments, run
from devhost.connecting import ConnectingError, call, connect_sample, console_link, new_token
from devhost.installation import Installation, start, tell_others
from shared.bootstrap import services
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from shared.issue_keys import IssueKey

_TOLD = "PAY-101"
"""An issue of the sample's stories that has something of each kind."""
_SECONDS = 30.0
_MOST = 200
"""Links of an issue, on one page."""
_SHOWN = 20
_MARKS = {"branch": "branch", "pull_request": "pull request", "commit": "commit"}


def main(argv: Sequence[str] | None = None) -> int:
    """Show it and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m devhost.demo", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv), _show, level=logging.WARNING)


def _show(running: ExitStack, arguments: argparse.Namespace) -> None:
    folder = Path.cwd()
    installation = start(
        running,
        folder=folder,
        port=arguments.port,
        sample=True,
        repositories=arguments.repository,
    )
    # Not before: what is downloaded the first time is no part of it.
    began = time.monotonic()
    token = new_token("admin", "links:read", name="Demo")
    integration = connect_sample(installation, token=token)
    tell_others(running, installation, folder=folder)
    _say(f"Connected and indexed in {time.monotonic() - began:.1f} seconds.\n")
    issue_key = _TOLD if not arguments.repository else _most_linked(integration)
    _print_links(_links(installation, issue_key, token), issue_key)
    _push(installation, issue_key, token)
    _print_addresses(installation, issue_key, token)


def _print_links(links: Sequence[dict[str, Any]], issue_key: str) -> None:
    _say(f"{issue_key} has {len(links) if len(links) < _MOST else f'{_MOST} or more'} links:")
    for link in links[:_SHOWN]:
        _say(f"  {_line(link)}")
    if len(links) > _SHOWN:
        _say("  …")
    _say("")


def _push(installation: Installation, issue_key: str, token: str) -> None:
    """Push a commit that names the issue, and show its link and how long it took to appear."""
    sample = installation.sample
    assert sample is not None, "the demo has a sample"
    known = _links(installation, issue_key, token)
    repository = sample.repository(known[-1]["repository"]["id"])
    branch = str(repository.default_branch).removeprefix("refs/heads/")
    _say(f"Pushing a commit to {repository.name}: {issue_key} Show it within seconds")
    began = time.monotonic()
    commit = sample.push(repository.id, branch, f"{issue_key} Show it within seconds")
    while time.monotonic() - began < _SECONDS:
        for link in _links(installation, issue_key, token):
            if link["id"] == commit:
                _say(f"  {_line(link)}")
                _say(f"  from push to link: {time.monotonic() - began:.2f} seconds\n")
                return
        threading.Event().wait(0.02)
    raise ConnectingError(f"The commit was not linked in {_SECONDS:.0f} seconds.")


def _print_addresses(installation: Installation, issue_key: str, token: str) -> None:
    host, sample = installation.host, installation.sample
    assert sample is not None, "the demo has a sample"
    _say(f"Console    {console_link(installation)}")
    _say(f"API        {host.api}")
    _say(f"Describes  {host.api}/openapi.json")
    _say(f"Functions  {host.url}/admin/functions")
    _say(f"Sample     {sample.url}")
    _say(f"Its token  {sample.token}")
    _say(f'\n  curl -H "Authorization: Bearer {token}" \\')
    _say(f"       {host.api}/links/{quote(issue_key, safe='')}\n")
    _say("It keeps running until Ctrl-C.")


def _links(installation: Installation, issue_key: str, token: str) -> list[dict[str, Any]]:
    url = f"{installation.host.api}/links/{quote(issue_key, safe='')}?limit={_MOST}"
    found: list[dict[str, Any]] = call("GET", url, token=token)["links"]
    return found


def _line(link: dict[str, Any]) -> str:
    at = (link["at"] or "")[:10]
    state = link["status"] or ""
    name = link["repository"]["name"]
    return f"{_MARKS[link['kind']]:<12}  {at:<10}  {state:<8}  {name:<14}  {link['title']}"


def _most_linked(integration: str) -> str:
    """Return the issue that most items name."""
    known = services()
    tracker = known.trackers.list(ONE_GROUP)[0].value
    links = known.storage.links(tracker)
    counts: Counter[IssueKey] = Counter()
    for record in known.repositories.list(integration):
        for stored in links.mentions(record.value.repository.id):
            counts.update(stored.mention.keys.keys())
    if not counts:
        raise ConnectingError(
            "No issue key was found in that history.",
            next_step="Try a clone whose commits name issues, such as PAY-142 or AB#17.",
        )
    return str(counts.most_common(1)[0][0])


def _say(text: str) -> None:
    print(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
