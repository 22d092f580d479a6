"""A key in Azure Key Vault: the real client over the routes of a vault, and over a key at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from azure.keyvault.keys.crypto import CryptographyClient
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.errors import KeysUnavailableError, SecretUnreadableError
from shared.storage.data_keys import Wrapped
from shared.storage.key_vault import KeyVault, key_vault
from tests.key_vault import KEY_URL, VAULT, FakeKeyVault, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import AccessToken

DATA_KEY = bytes(range(32))
FIRST, SECOND = f"{1:032x}", f"{2:032x}"


@pytest.fixture
def fake() -> Iterator[FakeKeyVault]:
    with FakeKeyVault() as started:
        yield started


def test_wrapped_key_is_unwrapped_by_the_vault_and_tells_nothing(fake: FakeKeyVault) -> None:
    wrapped = fake.key().wrap(DATA_KEY)

    assert fake.key().unwrap(wrapped) == DATA_KEY
    assert DATA_KEY not in wrapped.content
    assert wrapped.by == f"devlinks/{FIRST}"


def test_older_version_still_unwraps_once_the_key_was_rotated(fake: FakeKeyVault) -> None:
    key = fake.key()
    older = key.wrap(DATA_KEY)

    fake.rotate()
    newer = key.wrap(DATA_KEY)

    assert (older.by, newer.by) == (f"devlinks/{FIRST}", f"devlinks/{SECOND}")
    assert key.unwrap(older) == key.unwrap(newer) == DATA_KEY


def test_version_in_the_setting_is_the_one_that_wraps(fake: FakeKeyVault) -> None:
    fake.rotate()

    assert fake.key(f"{KEY_URL}/{FIRST}").wrap(DATA_KEY).by == f"devlinks/{FIRST}"


@pytest.mark.parametrize(
    ("refusal", "told", "next_step"),
    [
        ((403, "Forbidden", "ForbiddenByRbac"), "ForbiddenByRbac", "Key Vault Crypto User"),
        ((403, "Forbidden", "KeyDisabled"), "KeyDisabled", "enabled"),
        ((403, "", ""), "403", "Key Vault Crypto User"),
        ((404, "KeyNotFound", ""), "no key devlinks", "Recover it"),
        ((401, "Unauthorized", ""), "no token", "Key Vault Crypto User"),
        ((429, "Throttled", ""), "429", "KEY_VAULT_KEY_URL"),
        ((503, "", ""), "503", "KEY_VAULT_KEY_URL"),
    ],
)
def test_refusal_of_the_vault_is_told_with_what_to_do(
    fake: FakeKeyVault, refusal: tuple[int, str, str], told: str, next_step: str
) -> None:
    wrapped = fake.key().wrap(DATA_KEY)
    fake.refusal = refusal

    with pytest.raises(KeysUnavailableError, match=told) as unwrapping:
        fake.key().unwrap(wrapped)
    with pytest.raises(KeysUnavailableError, match=told):
        fake.key().wrap(DATA_KEY)

    assert next_step in unwrapping.value.next_step


def test_disabled_version_is_told_by_name(fake: FakeKeyVault) -> None:
    wrapped = fake.key().wrap(DATA_KEY)
    fake.disabled.add(FIRST)

    with pytest.raises(KeysUnavailableError, match=rf"devlinks/{FIRST}: KeyDisabled"):
        fake.key().unwrap(wrapped)


def test_version_that_is_gone_is_told_by_name(fake: FakeKeyVault) -> None:
    wrapped = Wrapped(b"x", "devlinks/0123")

    with pytest.raises(KeysUnavailableError, match="no key devlinks/0123"):
        fake.key().unwrap(wrapped)


def test_vault_that_does_not_answer_is_unavailable(fake: FakeKeyVault) -> None:
    wrapped = fake.key().wrap(DATA_KEY)
    fake.is_down = True

    with pytest.raises(KeysUnavailableError, match="did not answer"):
        fake.key().unwrap(wrapped)


def test_damaged_key_is_unreadable_and_not_unavailable(fake: FakeKeyVault) -> None:
    wrapped = fake.key().wrap(DATA_KEY)

    with pytest.raises(SecretUnreadableError, match="BadParameter"):
        fake.key().unwrap(Wrapped(wrapped.content[::-1], wrapped.by))


@pytest.mark.parametrize("error", [ClientAuthenticationError, CredentialUnavailableError])
def test_app_without_an_identity_is_told_so(error: type[ClientAuthenticationError]) -> None:
    class Nobody:
        def get_token(self, *scopes: str, **options: object) -> AccessToken:
            raise error(message="No managed identity here.")

    with FakeKeyVault() as fake:
        known = fake.key()
        wrapped = known.wrap(DATA_KEY)
        refused = key_vault(KEY_URL, Nobody, transport=fake.transport)

        with pytest.raises(KeysUnavailableError, match="got no token"):
            refused.unwrap(wrapped)


def test_token_is_never_shown_to_a_server_that_is_no_vault(fake: FakeKeyVault) -> None:
    elsewhere = key_vault("https://vault.example/keys/devlinks", Identity, transport=fake.transport)

    with pytest.raises(KeysUnavailableError, match="no key vault"):
        elsewhere.wrap(DATA_KEY)

    assert fake.calls == []


def test_whom_to_call_is_never_read_from_what_is_kept(fake: FakeKeyVault) -> None:
    wrapped = fake.key().wrap(DATA_KEY)

    assert VAULT not in wrapped.by
    with pytest.raises(KeysUnavailableError):
        fake.key().unwrap(Wrapped(wrapped.content, f"https://vault.example/keys/{wrapped.by}"))


def test_reader_of_the_key_that_may_not_read_it_is_told(fake: FakeKeyVault) -> None:
    """Without the permission to read a key its version is not told, and nobody could unwrap."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
    public = private.public_numbers
    jwk = {
        "kid": KEY_URL,
        "kty": "RSA",
        "key_ops": ["wrapKey"],
        "n": public.n.to_bytes(256, "big"),
        "e": public.e.to_bytes(3, "big"),
    }

    with pytest.raises(KeysUnavailableError, match="which version"):
        KeyVault(KEY_URL, lambda url: CryptographyClient.from_jwk(jwk)).wrap(DATA_KEY)


def test_key_at_hand_wraps_as_the_vault_does(fake: FakeKeyVault) -> None:
    private = fake.versions[FIRST].private_numbers()
    public = private.public_numbers
    jwk = {
        "kid": f"{KEY_URL}/{FIRST}",
        "kty": "RSA",
        "key_ops": ["wrapKey", "unwrapKey"],
        "n": public.n.to_bytes(256, "big"),
        "e": public.e.to_bytes(3, "big"),
        "d": private.d.to_bytes(256, "big"),
        "p": private.p.to_bytes(128, "big"),
        "q": private.q.to_bytes(128, "big"),
        "dp": private.dmp1.to_bytes(128, "big"),
        "dq": private.dmq1.to_bytes(128, "big"),
        "qi": private.iqmp.to_bytes(128, "big"),
    }
    at_hand = KeyVault(KEY_URL, lambda url: CryptographyClient.from_jwk(jwk))

    assert at_hand.unwrap(fake.key().wrap(DATA_KEY)) == DATA_KEY
    assert fake.key().unwrap(at_hand.wrap(DATA_KEY)) == DATA_KEY
