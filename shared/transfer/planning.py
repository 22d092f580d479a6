"""Judges a document as a whole before anything of it is kept.

Nothing in it is believed: addresses are brought to the form that their git host has here, and an
id counts only where it is nobody else's. An integration that is there already is known by its
address, which an import never changes: a stored credential must not be led elsewhere by a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from shared.configuration import (
    DEFAULT_TRACKER,
    IndexSwitches,
    Integration,
    Selection,
    Sources,
    Tracker,
)
from shared.errors import BadRequestError
from shared.integrations.changing import at_its_address
from shared.integrations.connecting import as_offered, check_connection, check_wanted
from shared.integrations.connections import Changes, NewConnection
from shared.services import ONE_GROUP
from shared.trackers import check_tracker, new_tracker
from shared.transfer.documents import VERSION, ConnectionDocument, IntegrationDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from shared.services import Services
    from shared.transfer.documents import Document, TrackerDocument

_ID: Final = re.compile(r"[0-9a-f]{32}")
"""As we make them."""


class PlannedTracker(Struct, frozen=True):
    """A tracker as it will be."""

    tracker: Tracker
    known: Tracker | None
    """As it is now; None: it is new."""


class PlannedIntegration(Struct, frozen=True):
    """An integration as it will be."""

    wanted: Changes
    document: IntegrationDocument
    known: Integration | None
    """As it is now; None: it is new."""
    free_id: str
    """The id that a new one may keep; empty: another has to be made."""

    @property
    def is_changed(self) -> bool:
        """Whether one that is there would become another."""
        return self.known is None or self.wanted != _as_it_is(self.known)


class Plan(Struct, frozen=True):
    """What a document makes of an installation."""

    trackers: tuple[PlannedTracker, ...]
    integrations: tuple[PlannedIntegration, ...]


def plan(services: Services, document: Document) -> Plan:
    """Return what an import will do; BadRequestError names every mistake by its path."""
    mistakes: dict[str, str] = {}
    if document.version != VERSION:
        raise BadRequestError(
            "The document cannot be read here.",
            fields={"version": f"it must be {VERSION}"},
            next_step="Export it again with a Devlinks of the same version as this one.",
        )
    trackers = _trackers(services, document.trackers, mistakes)
    known = {record.key for record in services.trackers.list(ONE_GROUP)}
    known |= {one.tracker.id for one in trackers}
    integrations = _integrations(services, document.integrations, known, mistakes)
    if mistakes:
        raise BadRequestError("The document cannot be imported like this.", fields=mistakes)
    return Plan(tuple(trackers), tuple(integrations))


def _trackers(
    services: Services, documents: Sequence[TrackerDocument], mistakes: dict[str, str]
) -> list[PlannedTracker]:
    known = {record.key: record.value for record in services.trackers.list(ONE_GROUP)}
    planned: list[PlannedTracker] = []
    for number, document in enumerate(documents):
        path = f"trackers[{number}]"
        if document.id in {one.tracker.id for one in planned}:
            mistakes[f"{path}.id"] = "it stands twice in the document"
            continue
        there = known.get(document.id)
        before = there or new_tracker(services, document.name, tracker_id=document.id)
        tracker = _filled(before, document)
        try:
            check_tracker(tracker)
        except BadRequestError as error:
            mistakes |= {f"{path}.{name}": why for name, why in error.fields.items()}
        planned.append(PlannedTracker(tracker, there))
    return planned


def _filled(tracker: Tracker, document: TrackerDocument) -> Tracker:
    names = set(document.__struct_fields__) - {"id", "sources"}
    fields = {name: getattr(document, name) for name in names}
    return replace(tracker, **fields, sources=Sources(**asdict(document.sources)))


def _integrations(
    services: Services,
    documents: Sequence[IntegrationDocument],
    trackers: Collection[str],
    mistakes: dict[str, str],
) -> list[PlannedIntegration]:
    everybody = [record.value for record in services.integrations.list(ONE_GROUP)]
    taken = {one.id for one in everybody}
    planned: list[PlannedIntegration] = []
    for number, document in enumerate(documents):
        path = f"integrations[{number}]"
        try:
            wanted = _wanted(services, document, trackers)
        except BadRequestError as error:
            mistakes |= {f"{path}.{name}": why for name, why in error.fields.items()}
            continue
        known = _the_same(everybody, document, wanted)
        is_met = known is not None and known in [one.known for one in planned]
        if is_met or (document.id and document.id in {one.document.id for one in planned}):
            mistakes[path] = "it stands twice in the document"
        is_free = bool(_ID.fullmatch(document.id)) and document.id not in taken
        free_id = document.id if is_free else ""
        planned.append(PlannedIntegration(wanted, document, known, free_id))
    return planned


def _wanted(
    services: Services, document: IntegrationDocument, trackers: Collection[str]
) -> Changes:
    """Return an integration as it can be kept here; BadRequestError names what cannot be."""
    family = services.git_hosts[document.git_host]
    wanted = as_offered(family, at_its_address(family, _as_said(document)))
    fields: dict[str, str] = {}
    unknown = [name for name in wanted.trackers if name not in trackers]
    if unknown or not wanted.trackers:
        fields["trackers"] = f"there is no tracker {unknown[0]!r}" if unknown else "at least one"
    given = connection_of(document.connection)
    fields |= _wrong(lambda: check_connection(family, wanted, given, is_new=False))
    # Trackers that the document brings are not there yet.
    elsewhere = replace(wanted, trackers=(DEFAULT_TRACKER,))
    fields |= _wrong(lambda: check_wanted(services, elsewhere))
    if fields:
        raise BadRequestError("The integration cannot be imported.", fields=fields)
    return wanted


def _wrong(check: Callable[[], None]) -> dict[str, str]:
    """Return what a check finds wrong, by field."""
    try:
        check()
    except BadRequestError as error:
        return dict(error.fields)
    return {}


def connection_of(document: ConnectionDocument) -> NewConnection:
    """Return a connection as an admin would give it, without its secret."""
    return NewConnection(**asdict(document))


def _as_said(document: IntegrationDocument) -> Changes:
    names = set(Changes.__struct_fields__) - {"index", "repositories"}
    selection = Selection(**asdict(document.repositories))
    lowered = tuple(one.strip().lower() for one in selection.selected)
    return Changes(
        **{name: getattr(document, name) for name in names},
        index=IndexSwitches(**asdict(document.index)),
        repositories=replace(selection, selected=lowered),
    )


def _the_same(
    integrations: Sequence[Integration], document: IntegrationDocument, wanted: Changes
) -> Integration | None:
    """Return the integration that is meant: of the same address, and the same id or name."""
    there = [
        one
        for one in integrations
        if (one.git_host, one.url) == (document.git_host, wanted.url) and not one.is_removed
    ]
    by_id = [one for one in there if one.id == document.id]
    by_name = [one for one in there if one.name == wanted.name]
    return next(iter([*by_id, *by_name]), None)


def _as_it_is(integration: Integration) -> Changes:
    return Changes(**{name: getattr(integration, name) for name in Changes.__struct_fields__})
