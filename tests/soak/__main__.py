"""Let an installation work for a while, disturb it, and judge: `python -m tests.soak`.

The development host runs in a process of its own, so that its memory is that of the product; the
sample organization, the people who push and those who ask are in this one. The exit status is 1
when memory grew, a line of the log answers to no fault, or a link is not as it should be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization
from shared.storage.secrets import make_key_ring
from tests.installation import RunningInstallation
from tests.soak.asking import Asker
from tests.soak.faults import Injector, alarming, unanswered
from tests.soak.memory import resident_bytes, windows
from tests.soak.seeing import Seen
from tests.soak.working import Team

if TYPE_CHECKING:
    from collections.abc import Callable

_WARM_UP: Final = 0.6
"""Of the time that is judged, and before it: six minutes before ten.

What is held then is what imports, caches and pools come to, and what the first fault takes at its
height: it is followed by a pause of five minutes, and by all that was put off meanwhile at once.
"""
_FAULT_EVERY: Final = 25.0
_FAULT_DURING: Final = 12.0
_SECONDS_TO_HEAL: Final = 240.0
_EVERY_TEN_SECONDS: Final = "*/10 * * * * *"


class Soak:
    """An installation and everybody around it."""

    def __init__(self, running: ExitStack) -> None:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="devlinks-soak-")))
        sample = running.enter_context(SampleOrganization(folder))
        self._sample = sample
        self.team = Team(sample)
        self.team.prepare()
        emulator = running.enter_context(Azurite.start())
        self.injector = Injector(sample, emulator)
        make_key_ring(folder / "keys.json")
        settings = {
            "AzureWebJobsStorage": emulator.connection_string,
            "LOCAL_KEY_RING": str(folder / "keys.json"),
            "AZURE_DEVOPS_URL": sample.base_url,
            "REINDEX_SCHEDULE": _EVERY_TEN_SECONDS,
        }
        home = folder / "devhost"
        home.mkdir()
        self.installation = running.enter_context(RunningInstallation(home, **settings))
        connection = {"kind": "pat", "token": sample.token}
        body = {"git_host": "azure_devops", "url": sample.url, "connection": connection}
        made = self.installation.call("POST", "integrations", body)
        assert made.status == 201, made.body
        self.asker = Asker(self.installation, made.body["id"])
        self._held: list[int] = []

    def run(self, seconds: float) -> None:
        """Have everybody warm up and then do the same for so long.

        What one of them raises ends it.
        """
        over = threading.Event()
        until = time.monotonic() + seconds * (1 + _WARM_UP)

        def repeat(what: Callable[[], None], *, every: float) -> None:
            try:
                while not over.wait(min(every, max(until - time.monotonic(), 0))):
                    if time.monotonic() >= until:
                        return
                    what()
            except BaseException:
                over.set()
                raise

        with ThreadPoolExecutor(5, "soak") as people:
            begun = [
                people.submit(repeat, self.team.work, every=0.25),
                people.submit(repeat, self._ask, every=0.5),
                people.submit(repeat, self.asker.reindex, every=15),
                people.submit(repeat, self._disturb, every=_FAULT_EVERY),
                people.submit(repeat, self._look, every=1),
            ]
        for one in begun:
            one.result()
        self.team.finish()

    def seen(self) -> Seen:
        """Wait until the links are right, and return what there is to judge."""
        ended = time.monotonic()
        wrong = self._wrong_links()
        healed_in = time.monotonic() - ended
        log = self.installation.log()
        truth = self.team.truth
        return Seen(
            issues=len(truth),
            links=sum(map(len, truth.values())),
            answered=self.asker.answered,
            put_off=self.asker.put_off,
            ticks=log.count(" reindex_timer finished "),
            calls=len(self._sample.calls),
            faults=Counter(fault.kind for fault in self.injector.injected),
            alarming=len(alarming(log)),
            healed_in=healed_in,
            memory=windows(self._held[int(len(self._held) * _WARM_UP / (1 + _WARM_UP)) :]),
            wrong=wrong,
            unanswered=unanswered(log, self.injector.injected),
        )

    def _wrong_links(self) -> list[str]:
        """Wait until the links are right, and return those that do not become so."""
        until = time.monotonic() + _SECONDS_TO_HEAL
        truth = self.team.truth
        while True:
            shown = self.asker.linked(truth)
            wrong = [
                f"{key}: {sorted(shown[key])} in place of {sorted(expected)}"
                for key, expected in truth.items()
                if shown[key] != expected
            ]
            if not wrong or time.monotonic() > until:
                return wrong
            threading.Event().wait(1)

    def _ask(self) -> None:
        keys = list(self.team.truth)
        if keys:
            self.asker.ask(keys)

    def _disturb(self) -> None:
        self.injector.inject(during=_FAULT_DURING)

    def _look(self) -> None:
        self._held.append(resident_bytes(self.installation.process.pid))


def main() -> int:
    """Run, print what was seen, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long to watch (600)")
    with ExitStack() as running:
        soak = Soak(running)
        soak.run(parser.parse_args().seconds)
        seen = soak.seen()
    sys.stdout.write("\n".join([*seen.lines(), *seen.failures(), ""]))
    return int(bool(seen.failures()))


if __name__ == "__main__":
    sys.exit(main())
