"""Takes the configuration out of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from shared.configuration import Connection
from shared.services import ONE_GROUP
from shared.transfer.documents import (
    VERSION,
    ConnectionDocument,
    Document,
    IndexDocument,
    IntegrationDocument,
    SelectionDocument,
    SourcesDocument,
    TrackerDocument,
)

if TYPE_CHECKING:
    from shared.configuration import Integration, Tracker
    from shared.services import Services


def export(services: Services) -> Document:
    """Return all trackers and integrations, in order of id; what was removed is not among them."""
    integrations = [record.value for record in services.integrations.list(ONE_GROUP)]
    connections = {record.key: record.value for record in services.connections.list(ONE_GROUP)}
    return Document(
        version=VERSION,
        exported_at=services.clock(),
        trackers=tuple(_tracker(record.value) for record in services.trackers.list(ONE_GROUP)),
        integrations=tuple(
            _integration(integration, connections.get(integration.id, Connection("none")))
            for integration in integrations
            if not integration.is_removed
        ),
    )


def _tracker(tracker: Tracker) -> TrackerDocument:
    names = TrackerDocument.__struct_fields__
    fields = {name: getattr(tracker, name) for name in names}
    return TrackerDocument(**{**fields, "sources": SourcesDocument(**asdict(tracker.sources))})


def _integration(integration: Integration, connection: Connection) -> IntegrationDocument:
    names = set(IntegrationDocument.__struct_fields__) - {"connection", "index", "repositories"}
    shown = {name: getattr(connection, name) for name in ConnectionDocument.__struct_fields__}
    return IntegrationDocument(
        **{name: getattr(integration, name) for name in names},
        connection=ConnectionDocument(**shown),
        index=IndexDocument(**asdict(integration.index)),
        repositories=SelectionDocument(**asdict(integration.repositories)),
    )
