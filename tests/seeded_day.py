"""A day of an installation: each step seeds what is secret in it.

To have another secret looked for, seed it in the step that it belongs to, or add a step to `live`.
"""

from __future__ import annotations

import argparse
import base64
import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from admin_console.commands import key_commands
from admin_console.pages.ways import WAYS
from devhost.sample_organization.sample import OWNER
from shared import bootstrap
from shared.access import api_tokens, one_time_codes, sessions
from shared.configuration import SCOPES
from shared.connections.opening import integration_of
from shared.connections.presenting import kept_credential
from shared.errors import DevlinksError
from shared.hooks.subscriptions import password_purpose
from shared.messages import Job
from shared.model import IntegrationId
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from shared.storage.data_keys import DataKey
from tests.calling import forms_of
from tests.serving_git import SshServer, WebServer
from tests.shared.git_hosts.azure_devops.payloads import payload
from tests.shared.web.in_memory import basic

if TYPE_CHECKING:
    from tests.seeded_life import Life

OF_PAGES = "token against cross-site requests"
"""Stands in the pages of its session, and nowhere else."""
ECHO = "POST integrations, with a secret in another's place"
"""Whoever typed it there is told what was wrong with it; nobody else is."""
PAT = "canary-pat-that-is-refused-0123456789abcdefghijklmn"
PUSH = payload("git.push__branch_updated")


def live(life: Life) -> None:
    """Live through it, and read everything in the end."""
    life.sample.add_project("Shop")
    life.sample.create_repository("Shop", "web")
    life.sample.push("web", "main", "PAY-1 AB#1 Start")
    life.sample.add_work_item("Shop", 1, "Something")
    life.repository.commit("PAY-2 Start")
    sign_in(life)
    make_tokens(life)
    connect_by_token(life)
    connect_git_servers(life)
    connect_apps(life)
    allow_access(life)
    receive(life)
    use_pages(life)
    go_wrong(life)
    change_keys(life)
    mistype(life)
    life.walk()


def sign_in(life: Life) -> None:
    code = life.canaries.seed("one-time code", one_time_codes.make_code(life.services))
    spent = {"code": "canary-code-that-nobody-made", "return_to": ""}
    life.canaries.seed("wrong code", spent["code"])
    assert life.app.form("console/sign-in/code", spent).status == 401
    seen = life.app.form("console/sign-in/code", {"code": code, "return_to": ""})
    assert life.app.form("console/sign-in/code", {"code": code}).status == 401
    life.cookie = seen.headers["set-cookie"].partition(";")[0]
    value = life.cookie.partition("=")[2]
    life.canaries.seed("session", value)
    life.csrf = life.canaries.seed(OF_PAGES, sessions.csrf_token(value))


def make_tokens(life: Life) -> None:
    made = api_tokens.create_token(life.services, name="Admin", scopes=SCOPES).text
    life.canaries.seed("API token of the admin", made.rpartition("_")[0])
    life.bearer = {"Authorization": f"Bearer {made}"}
    shown = life.call("POST", "tokens", {"name": "Plugin", "scopes": ["links:read"]})
    plugin = life.canaries.seed("API token", shown.json["token"].rpartition("_")[0])
    wrong = f"{plugin[:-4]}AAAA_abcdef"
    life.canaries.seed("wrong API token", wrong)
    refused = life.app.call("GET", "tokens", headers={"Authorization": f"Bearer {wrong}"})
    assert refused.status == 401


def connect_by_token(life: Life) -> None:
    pat = life.canaries.seed("personal access token", life.sample.token)
    refused = life.canaries.seed("refused personal access token", PAT)
    for tried in (refused, f"{refused}\nX: y", f"{pat} {pat}"):
        assert life.connect("pat", kind="pat", token=tried).status in {400, 422}
    assert life.connect("pat", kind="pat", token=pat).status == 201
    connect_with_mistakes(life, pat)
    examine(life, kind="pat", token=refused)
    examine(life, kind="pat", token=pat)
    life.work()
    organization = integration_of(life.services, life.of("pat")).organizations[0]
    life.jobs.put("reindex", Job(IntegrationId(life.of("pat")), "asked", organization=organization))
    replaced = {"kind": "pat", "token": refused}
    assert life.call("PUT", f"integrations/{life.of('pat')}/connection", replaced).status > 399
    life.work()


def connect_with_mistakes(life: Life, secret: str) -> None:
    """Paste a secret where it does not belong."""
    inside = life.sample.url.replace("://", f"://{secret}@")
    connection = {"kind": "pat", "token": secret}
    for body in (
        {"git_host": "azure_devops", "url": inside, "connection": connection},
        {"git_host": "azure_devops", "url": secret, "connection": connection},
        {"git_host": secret, "url": life.sample.url, "connection": connection},
        {"git_host": "azure_devops", "url": life.sample.url, "connection": secret},
        {"git_host": "azure_devops", "url": life.sample.url, "connection": {"kind": secret}},
        {"git_host": "azure_devops", "url": life.sample.url, secret: secret},
        {"git_host": "azure_devops", "url": life.sample.url, "connection": connection,
         "organizations": [secret]},
    ):  # fmt: skip
        seen = life.app.call("POST", "integrations", body, label=ECHO, headers=life.bearer)
        assert seen.status < 500
    broken = f'{{"connection": {{"kind": "pat", "token": "{secret}'.encode()
    assert life.call("POST", "integrations", broken).status == 400


def connect_git_servers(life: Life) -> None:
    password = life.canaries.seed("password of a git server", f"canary word {uuid4()}")
    wrong = life.canaries.seed("wrong password of a git server", f"canary wrong {uuid4()}")
    root = life.repository.root
    web = life.running.enter_context(WebServer(root, user_name="reader", password=password))
    ssh = life.running.enter_context(SshServer(root))
    basic_of = {"kind": "basic", "user_name": "reader"}
    for given, status in ((wrong, 422), (password, 201)):
        seen = life.connect("basic", web.url, **basic_of, password=given)
        assert seen.status == status, seen.text
    inside = web.url.replace("://", f"://reader:{password}@")
    assert life.connect("basic", inside, **basic_of, password=password).status == 400
    made = life.connect("ssh", ssh.url, kind="ssh_key")
    assert made.status == 201, made.text
    integration = integration_of(life.services, life.of("ssh"))
    record = life.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    kept = kept_credential(life.services, integration.id, record.value)
    life.canaries.seed("private key", kept.secret)
    life.work()
    ssh.add(record.value.public_key)
    life.jobs.put("reindex", Job(integration.id, "discover"))
    life.work()


def connect_apps(life: Life) -> None:
    secret = life.canaries.seed("client secret", f"canary-client-secret-{uuid4()}")
    person = life.sample.organization.person(OWNER)
    accepted = {life.server.app_token: person, life.server.access: person}
    life.sample.organization.accepts = accepted.get
    identity = {
        "kind": "service_principal",
        "tenant_id": str(uuid4()),
        "client_id": str(uuid4()),
    }
    seen = life.connect("app", **identity, client_secret=secret)
    assert seen.status == 201, seen.text
    assert life.connect("own", kind="managed_identity").status == 201
    life.work()


def allow_access(life: Life) -> None:
    assert life.connect("oauth", kind="oauth").status == 201
    begin = {"purpose": "connection", "integration": life.of("oauth"), "csrf": life.csrf}
    begun = life.app.form("oauth/start", begin, cookie=life.cookie)
    flow = begun.headers["set-cookie"].partition(";")[0]
    life.canaries.seed("cookie of a flow", flow.partition("=")[2])
    answer = {"code": life.server.code, "state": life.server.state}
    refused = life.app.form("oauth/callback", {**answer, "state": "another"}, cookie=flow)
    assert refused.status == 400
    assert life.app.form("oauth/callback", answer, cookie=flow).status == 303
    assert life.app.form("oauth/callback", answer, cookie=flow).status == 400
    life.work()


def receive(life: Life) -> None:
    integration = integration_of(life.services, life.of("pat"))
    record = life.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert record is not None
    password = life.services.vault.open(
        record.value.sealed_passwords[0], purpose=password_purpose(integration.id)
    )
    life.canaries.seed("webhook password", password)
    wrong = life.canaries.seed("wrong webhook password", f"canary-wrong-{uuid4()}")
    target = f"webhooks/{integration.webhook_id}"
    for given, status in ((wrong, 401), (password, 202), (password, 200)):
        sent = {"Authorization": basic("devlinks", given)}
        assert life.app.call("POST", target, PUSH, headers=sent).status == status
    shown = life.call("POST", f"integrations/{integration.id}/webhook/rotate")
    life.canaries.seed("webhook password, rotated", shown.json["password"])
    life.call("POST", f"integrations/{integration.id}/webhook/reconcile")
    life.work()


def use_pages(life: Life) -> None:
    """Do by forms what hands out a secret."""
    form = {"name": "By a form", "scopes": "links:read", "csrf": life.csrf}
    shown = life.app.form("console/tokens", form, cookie=life.cookie)
    made = re.search(r"dvl_\w+", shown.text)
    assert made is not None, shown.text
    life.canaries.seed("API token, by a form", made[0].rpartition("_")[0])
    here = f"integrations/{life.of('app')}/webhook/rotate"
    shown = life.app.form(f"console/{here}", {"csrf": life.csrf}, cookie=life.cookie)
    shown.label = "POST page integrations/{integration_id}/webhook/rotate"
    integration = integration_of(life.services, life.of("app"))
    record = life.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert record is not None
    sealed = record.value.sealed_passwords[0]
    password = life.services.vault.open(sealed, purpose=password_purpose(integration.id))
    assert password in shown.text
    life.canaries.seed("webhook password, rotated by a form", password)


def mistype(life: Life) -> None:
    """Type what is refused into every field of a page that shows dots."""
    typed = life.canaries.seed("what was typed into a page", f"canary-typed-{uuid4()}")
    address = {"url": life.sample.url, "tenant_id": str(uuid4()), "client_id": str(uuid4())}
    here = [f"integrations/{life.of('app')}/connection?way={way.id}" for way in WAYS]
    dotted = set()
    for page in (*(f"integrations/new?way={way.id}" for way in WAYS), *here):
        shown = life.app.call(
            "GET", f"console/{page}", label=f"GET page {page}", headers={"Cookie": life.cookie}
        )
        for form in forms_of(shown.body.decode()):
            fields = {name: address.get(name, value) for name, value in form.fields.items()}
            dotted |= {*form.secrets}
            if form.secrets:
                filled = {**fields, **dict.fromkeys(form.secrets, typed)}
                life.app.form(form.action, filled, cookie=life.cookie)
    assert {"token", "password", "client_secret"} <= dotted, dotted


def go_wrong(life: Life) -> None:
    faults = life.sample.faults
    for fault in (faults.outage, faults.html, faults.cut_json, faults.reset):
        fault()
        life.call("POST", f"integrations/{life.of('pat')}/reindex")
        life.work()
        faults.clear()
    life.sample.revoke_token()
    life.call("POST", f"integrations/{life.of('pat')}/reindex")
    life.work()
    tick(life.services, now=life.services.clock())
    life.work()


def change_keys(life: Life) -> None:
    records = life.services.storage.records("data_keys", DataKey)
    life.vault.rotate()
    for command in (
        key_commands.rotate_keys,
        key_commands.reseal_keys,
        key_commands.rewrap_keys,
        key_commands.list_keys,
    ):
        command(life.services, argparse.Namespace())
    for record in records.list(ONE_GROUP):
        key = life.vault.key().unwrap(record.value.wrapped)
        life.canaries.seed(f"data key {record.key}", base64.b64encode(key).decode())
        life.canaries.seed(f"data key {record.key} in hex", key.hex())
    life.vault.is_down = True
    with pytest.raises(DevlinksError):
        life.vault.vault(records, bootstrap.utc_now).seal("canary", purpose="test")
    life.vault.is_down = False


def examine(life: Life, **connection: str) -> None:
    body = {"git_host": "azure_devops", "url": life.sample.url, "connection": connection}
    life.call("POST", "integrations/test", body)
