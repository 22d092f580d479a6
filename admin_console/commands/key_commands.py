"""What operators do with the keys that seal secrets: list, rotate, reseal, rewrap, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.access.auditing import OPERATOR, audit
from shared.resealing import remove_key, reseal, usage

if TYPE_CHECKING:
    import argparse

    from shared.services import Services


def list_keys(services: Services, arguments: argparse.Namespace) -> None:
    """Print a line for each key: id, when it was made, what wraps it, secrets sealed with it."""
    del arguments
    known = services.vault.statuses()
    used = usage(services)
    for key in known:
        made = f"{key.made_at:%Y-%m-%d %H:%M}" if key.made_at else "-"
        current = "  current" if key.is_current else ""
        print(f"{key.id:<6}  {made:<16}  {key.wrapped_by or '-'}  {used[key.id]} secrets{current}")
    for missing in sorted(used.keys() - {key.id for key in known}):
        name = missing or "no key"
        print(f"! {used[missing]} secrets are sealed with {name}, which is not at hand")


def rotate_keys(services: Services, arguments: argparse.Namespace) -> None:
    """Make a key, which new secrets are sealed with from now on; the older ones still open."""
    del arguments
    made = services.vault.rotate(now=services.clock())
    audit(services, "keys_rotated", by=OPERATOR, detail=made)
    print(made)


def reseal_keys(services: Services, arguments: argparse.Namespace) -> None:
    """Seal every secret anew with the current key; say which ones do not open."""
    del arguments
    done = reseal(services)
    left = len(done.unreadable)
    told = f"{done.resealed} secrets sealed anew, {left} left as they are"
    audit(services, "keys_resealed", by=OPERATOR, detail=told)
    print(told)
    for one in done.unreadable:
        print(f"! {one.place} {one.key}: {one.text}")


def rewrap_keys(services: Services, arguments: argparse.Namespace) -> None:
    """Wrap the keys anew with the newest version of the Key Vault key."""
    del arguments
    told = f"{services.vault.rewrap()} keys wrapped anew"
    audit(services, "keys_rewrapped", by=OPERATOR, detail=told)
    print(told)


def remove_keys(services: Services, arguments: argparse.Namespace) -> None:
    """Remove a key that nothing is sealed with any more."""
    remove_key(services, arguments.key)
    audit(services, "keys_removed", by=OPERATOR, detail=arguments.key)
    print(f"{arguments.key} is gone")
