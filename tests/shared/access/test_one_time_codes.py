"""One-time codes, when several want the same one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.access import one_time_codes
from shared.errors import NotSignedInError
from shared.services import ONE_GROUP
from tests.shared.access.meanwhile import Meanwhile
from tests.shared.web.in_memory import Installation


def test_of_two_who_redeem_a_code_at_once_one_signs_in() -> None:
    services = Installation().services
    code = one_time_codes.make_code(services)
    codes = Meanwhile(
        services.one_time_codes, lambda: one_time_codes.redeem(services, code), at="remove"
    )

    with pytest.raises(NotSignedInError):
        one_time_codes.redeem(replace(services, one_time_codes=codes), code)

    assert len(services.sessions.list(ONE_GROUP)) == 1


def test_code_is_kept_as_its_hash_and_nowhere_else() -> None:
    services = Installation().services

    code = one_time_codes.make_code(services)

    assert code not in str(services.one_time_codes.list(ONE_GROUP))
