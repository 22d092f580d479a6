from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.access import api_tokens
from shared.errors import (
    NotSignedInError,
)
from shared.services import ONE_GROUP
from tests.shared.access.conftest import ALPHABET, kept, make, with_checksum
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from shared.services import Services


one_installation = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_token_is_recognised(services: Services) -> None:
    made = make(services)

    assert api_tokens.recognise(services, made.text).id == made.kept.id


@one_installation
@given(data=st.data())
def test_token_with_any_one_character_changed_is_refused(
    services: Services, data: st.DataObject
) -> None:
    text = make(services).text
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.one_of(st.sampled_from(ALPHABET + "_"), st.characters()).filter(
            lambda character: character != text[position]
        )
    )

    with pytest.raises(NotSignedInError):
        api_tokens.recognise(services, text[:position] + other + text[position + 1 :])


@one_installation
@given(data=st.data())
def test_token_that_was_cut_or_has_more_is_refused(services: Services, data: st.DataObject) -> None:
    text = make(services).text
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(0, len(text)))
    more = data.draw(st.text(min_size=1))

    for wrong in (text[begin:end], text + more, more + text):
        if wrong != text:
            with pytest.raises(NotSignedInError):
                api_tokens.recognise(services, wrong)


def test_each_character_of_a_token_counts(services: Services) -> None:
    text = make(services).text

    for position, character in enumerate(text):
        other = "a" if character != "a" else "b"
        with pytest.raises(NotSignedInError):
            api_tokens.recognise(services, text[:position] + other + text[position + 1 :])


def test_secret_of_another_token_does_not_open_this_one(services: Services) -> None:
    one, other = make(services).text.split("_"), make(services).text.split("_")

    with pytest.raises(NotSignedInError):
        api_tokens.recognise(services, with_checksum(f"dvl_{one[1]}_{other[2]}"))
    with pytest.raises(NotSignedInError):
        api_tokens.recognise(services, with_checksum(f"dvl_{'0' * 8}_{one[2]}"))


def test_mistyped_token_is_refused_without_a_look_into_storage(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = make(services).text
    looked: list[str] = []
    monkeypatch.setattr(services.known_tokens, "get", lambda group, key: looked.append(key))

    with pytest.raises(NotSignedInError):
        api_tokens.recognise(services, text[:-1] + ("a" if text[-1] != "a" else "b"))

    assert looked == []


def test_revoked_token_is_refused_at_once_by_the_worker_that_revoked_it(
    installation: Installation,
) -> None:
    services = installation.services
    made = make(services)
    api_tokens.recognise(services, made.text)
    api_tokens.revoke_token(services, made.kept.id)

    with pytest.raises(NotSignedInError):
        api_tokens.recognise(services, made.text)


def test_worker_that_knows_a_token_notices_within_half_a_minute_that_it_was_revoked(
    installation: Installation,
) -> None:
    services = installation.services
    made = make(services)
    api_tokens.recognise(services, made.text)
    api_tokens.recognise(services, made.text)
    services.tokens.delete(ONE_GROUP, made.kept.id)

    installation.clock.advance(timedelta(seconds=30))

    with pytest.raises(NotSignedInError):
        api_tokens.recognise(services, made.text)


def test_refusals_do_not_tell_which_part_was_wrong(installation: Installation) -> None:
    services = installation.services
    made = make(services, expires_at=NOW + timedelta(minutes=1))
    revoked = make(services)
    api_tokens.revoke_token(services, revoked.kept.id)
    installation.clock.advance(timedelta(minutes=1))
    wrong = ["", "x", made.text, revoked.text, made.text[:-1], with_checksum(made.text[:45])]

    said = set()
    for text in wrong:
        with pytest.raises(NotSignedInError) as refused:
            api_tokens.recognise(services, text)
        said.add((str(refused.value), refused.value.next_step))

    assert len(said) == 1


def test_use_of_a_token_is_noted_once_an_hour(installation: Installation) -> None:
    services = installation.services
    made = make(services)

    for minutes in (0, 30, 29, 1):
        installation.clock.advance(timedelta(minutes=minutes))
        api_tokens.recognise(services, made.text)
        noted = kept(services, made.kept.id).last_used_at
        assert noted == (NOW if minutes != 1 else NOW + timedelta(hours=1))


def test_use_noted_by_another_worker_at_the_same_moment_does_no_harm(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(services)
    get = services.tokens.get

    def get_and_be_overtaken(group: str, key: str) -> Any:
        record = get(group, key)
        assert record is not None
        services.tokens.put(group, key, replace(record.value, last_used_at=NOW))
        return record

    monkeypatch.setattr(services.tokens, "get", get_and_be_overtaken)

    assert api_tokens.recognise(services, made.text).id == made.kept.id
