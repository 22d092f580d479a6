"""API tokens, as they are made and kept."""

from __future__ import annotations

import string
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from shared.access import api_tokens
from shared.services import ONE_GROUP
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from shared.configuration import ApiToken
    from shared.services import Services

ALPHABET = string.ascii_letters + string.digits


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def services(installation: Installation) -> Services:
    return installation.services


def make(services: Services, **wanted: Any) -> api_tokens.NewToken:
    return api_tokens.create_token(
        services, **{"name": "Plugin", "scopes": ("links:read",), **wanted}
    )


def kept(services: Services, token_id: str) -> ApiToken:
    record = services.tokens.get(ONE_GROUP, token_id)
    assert record is not None
    return record.value


def with_checksum(body: str) -> str:
    """Return a token of any id and secret whose checksum is right."""
    left, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        left, digit = divmod(left, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return f"{body}_{digits}"
