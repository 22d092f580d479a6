"""Sessions, when roles change while they are used."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.access import sessions
from shared.errors import NotSignedInError
from tests.shared.access.meanwhile import Meanwhile
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from shared.services import Services


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def services(installation: Installation) -> Services:
    return installation.services


def test_session_that_is_used_at_the_same_moment_follows_a_change_of_role(
    installation: Installation, services: Services
) -> None:
    made = sessions.begin(services, user="t.o", name="Administrator", role="admin")
    installation.clock.advance(timedelta(minutes=2))
    used = Meanwhile(services.sessions, lambda: sessions.find(services, made.cookie), at="replace")

    sessions.change_role(replace(services, sessions=used), "t.o", "viewer")

    assert sessions.find(services, made.cookie).role == "viewer"


def test_session_that_is_ended_at_the_same_moment_stays_ended(services: Services) -> None:
    made = sessions.begin(services, user="t.o", name="Administrator", role="admin")
    ended = Meanwhile(services.sessions, lambda: sessions.end(services, made.cookie), at="replace")

    sessions.change_role(replace(services, sessions=ended), "t.o", "viewer")

    with pytest.raises(NotSignedInError):
        sessions.find(services, made.cookie)


def test_sessions_of_others_keep_their_role(services: Services) -> None:
    made = sessions.begin(services, user="t.other", name="Administrator", role="admin")

    sessions.change_role(services, "t.o", None)

    assert sessions.find(services, made.cookie).role == "admin"


def test_request_in_flight_does_not_bring_back_a_session_that_was_ended(
    installation: Installation, services: Services
) -> None:
    made = sessions.begin(services, user="t.o", name="Administrator", role="admin")
    installation.clock.advance(timedelta(minutes=2))
    ended = Meanwhile(services.sessions, lambda: sessions.end(services, made.cookie), at="replace")

    sessions.find(replace(services, sessions=ended), made.cookie)

    with pytest.raises(NotSignedInError):
        sessions.find(services, made.cookie)
