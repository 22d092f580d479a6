from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import requests

from tests.identity_server.process import IdentityServerProcess

if TYPE_CHECKING:
    from tests.conftest import Eventually

ROOT = Path(__file__).resolve().parents[2]
ALONE = """
from tests.identity_server.process import IdentityServerProcess
server = IdentityServerProcess.start()
print(server.process_id, flush=True)
input()
"""


def test_describes_itself_where_entra_does(identity_server: IdentityServerProcess) -> None:
    found = requests.get(
        f"{identity_server.authority}/v2.0/.well-known/openid-configuration",
        verify=identity_server.ca_bundle,
        timeout=10,
    ).json()

    assert found["issuer"] == f"{identity_server.authority}/v2.0"
    assert found["token_endpoint"].startswith(f"{identity_server.authority}/")


def test_access_token_that_it_did_not_give_out_is_unknown(
    identity_server: IdentityServerProcess,
) -> None:
    assert not identity_server.knows_access_token("made up")


def test_access_token_ends_when_its_time_is_over(eventually: Eventually) -> None:
    with IdentityServerProcess.start(access_token_seconds=1) as server:
        entra = server.entra()
        begun = entra.begin_grant(redirect_uri="http://localhost/oauth/callback")
        granted = entra.complete_grant(begun.flow, server.allow(begun.url))

        assert eventually(lambda: not server.knows_access_token(granted.access_token))


def test_other_tenant_is_unknown(identity_server: IdentityServerProcess) -> None:
    url = f"{identity_server.url}/fabrikam.example/v2.0/.well-known/openid-configuration"

    assert requests.get(url, verify=identity_server.ca_bundle, timeout=10).status_code == 404


def test_code_goes_to_this_machine_alone(identity_server: IdentityServerProcess) -> None:
    begun = identity_server.entra().begin_sign_in(redirect_uri="https://evil.example/callback")

    with pytest.raises(AssertionError, match="redirect_uri"):
        identity_server.allow(begun.url)


def test_ends_with_whoever_started_it(eventually: Eventually, tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", ALONE],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with starter:
        assert starter.stdout is not None
        process_id = int(starter.stdout.readline())
        assert psutil.pid_exists(process_id)

        starter.kill()

    assert eventually(lambda: not psutil.pid_exists(process_id))
