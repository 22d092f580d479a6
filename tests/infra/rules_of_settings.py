"""Rules of settings: what the app reads is what Bicep sets, and what an operator can say."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from shared.errors import SettingsError
from shared.settings import EVERY_FIVE_MINUTES, read_settings
from tests.infra.infrastructure import ROOT, at, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.infrastructure import Infrastructure

ON_ONE_MACHINE: Final = {"AzureWebJobsStorage", "LOCAL_KEY_RING"}
"""A secret and a file with secrets, in whose place identity and key vault stand on Azure."""
SET_BY_AZURE: Final = {"WEBSITE_AUTH_ENABLED"}
OF_HOST: Final = {
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__queueServiceUri",
    "AzureWebJobsStorage__tableServiceUri",
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "AZURE_CLIENT_ID",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
    "PYTHON_THREADPOOL_THREAD_COUNT",
}
"""What the host and the worker read; some of it the app too."""
REFUSED: Final = (
    "ENABLE_ORYX_BUILD",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY",
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
    "FUNCTIONS_WORKER_PROCESS_COUNT",
    "FUNCTIONS_WORKER_RUNTIME",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "WEBSITE_CONTENT",
    "WEBSITE_DNS_SERVER",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_VNET_ROUTE_ALL",
    "containerSize",
    "ftpsState",
    "functionAppScaleLimit",
    "linuxFxVersion",
    "pythonVersion",
    "vnetRouteAllEnabled",
)
"""By Flex Consumption, as settings or as properties of the app:
https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations."""

WORKED_OUT: Final = {
    "key.outputs.url": "https://acme.vault.azure.net/keys/devlinks",
    "identity.outputs.clientId": "5a7e0e35-0d4c-4d1e-8a3f-27c4d5e6f708",
    "storageUrls.blob": "https://acme.blob.core.windows.net/",
    "storageUrls.queue": "https://acme.queue.core.windows.net/",
    "storageUrls.table": "https://acme.table.core.windows.net/",
    "identityClientId": "5a7e0e35-0d4c-4d1e-8a3f-27c4d5e6f708",
}
"""What Azure tells while it deploys."""
WITH_SIGN_IN: Final = {
    "entraTenantId": "contoso.onmicrosoft.com",
    "entraClientId": "0c1d2e3f-1111-4222-8333-444455556666",
    "publicUrl": "https://links.example.com",
}
_PARAM: Final = re.compile(r"^param (\w+) = (.+)$", re.MULTILINE)
_VARIABLE: Final = re.compile(r"^var (\w+) = (.+)$", re.MULTILINE)
_FROM_ENVIRONMENT: Final = re.compile(r"readEnvironmentVariable\('(\w+)'(?:, '([^']*)')?\)")


class Asked(dict[str, str]):
    """An empty environment that notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


def names_that_the_app_reads() -> set[str]:
    """Return the names of all settings."""
    environment = Asked()
    with suppress(SettingsError):
        read_settings(environment)
    return environment.names


def names_that_are_set(infra: Infrastructure) -> set[str]:
    """Return the names of all settings that Bicep knows."""
    of_app = table(at(infra.main.named("app"), "params", "appSettings"))
    return set(of_app) | set(table(infra.module("app").named("ofHost").value))


def environment_of(infra: Infrastructure, given: dict[str, str]) -> dict[str, str]:
    """Return the environment of an app whose parameters are as *given*, else as by default."""
    params = {name: param.value for name, param in infra.main.of("param").items()} | given
    has_sign_in = bool(params.get("entraClientId"))
    known = WORKED_OUT | {
        "join(adminObjectIds, ',')": "",
        "platformAuthentication ? 'true' : ''": "",
        "hasOpenTelemetry ? 'true' : ''": "",
        "isVouchedFor ? identity.outputs.clientId : ''": (
            WORKED_OUT["identity.outputs.clientId"] if has_sign_in else ""
        ),
    }
    of_app = table(at(infra.main.named("app"), "params", "appSettings"))
    of_host = table(infra.module("app").named("ofHost").value)
    written = of_host | of_app
    worked_out = {
        name: str(known.get(str(value), params.get(str(value), value)))
        for name, value in written.items()
    }
    return {name: value for name, value in worked_out.items() if value}


def every_setting_is_set(infra: Infrastructure) -> Iterator[str]:
    """Tell of settings that only the code knows, or only Bicep."""
    read, is_set = names_that_the_app_reads(), names_that_are_set(infra)
    yield from (f"{n} is not set" for n in sorted(read - is_set - ON_ONE_MACHINE - SET_BY_AZURE))
    yield from (f"{n} is read by nobody" for n in sorted(is_set - read - OF_HOST))
    yield from (f"{n} is not set for the host" for n in sorted(OF_HOST - is_set))
    yield from (f"{n} is for one machine" for n in sorted(is_set & ON_ONE_MACHINE))


def nothing_is_set_that_azure_refuses(infra: Infrastructure) -> Iterator[str]:
    """Tell of settings that a deployment to Flex Consumption fails with."""
    for name in infra.files:
        text = (infra.folder / name).read_text()
        yield from (f"{name}: {refused} is refused" for refused in REFUSED if refused in text)


def an_installation_accepts_them(infra: Infrastructure) -> Iterator[str]:
    """Tell what the app would say of its settings, without sign-in and with it."""
    for given in ({}, WITH_SIGN_IN):
        try:
            read_settings(environment_of(infra, given))
        except SettingsError as error:
            yield from error.mistakes


def settings_are_those_of_the_app(infra: Infrastructure) -> Iterator[str]:
    """Tell what is wrong with how settings reach the app."""
    module = infra.module("app")
    if module.named("settings").type != "Microsoft.Web/sites/config@2025-03-01" or (
        at(module.named("settings"), "name"),
        at(module.named("settings"), "parent"),
        at(module.named("settings"), "properties"),
    ) != ("appsettings", "app", "union(ofHost, given)"):
        yield "app: settings are not all there are"
    schedule = infra.main.of("param")["reindexSchedule"].value
    if schedule != EVERY_FIVE_MINUTES:
        yield f"main: the timer runs at {schedule}"
    of_host = table(module.named("ofHost").value)
    if of_host.get("AzureWebJobsStorage__credential") != "managedidentity":
        yield "app: storage is not reached with an identity"
    told = of_host.get("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")
    if told != "'ClientId=${identityClientId};Authorization=AAD'":
        yield f"app: it sends what it logs as {told}"


def there_is_a_thread_for_each_message(infra: Infrastructure) -> Iterator[str]:
    """Tell of threads that are fewer than the messages that the host hands out at a time."""
    queues = json.loads((ROOT / "host.json").read_text())["extensions"]["queues"]
    concurrency = infra.module("app").of("param")["concurrency"].value
    threads = table(infra.module("app").named("ofHost").value)["PYTHON_THREADPOOL_THREAD_COUNT"]
    if threads != "string(concurrency)" or not isinstance(concurrency, int):
        yield f"app: {threads} threads"
    elif concurrency < queues["batchSize"] + queues["newBatchThreshold"]:
        yield f"app: {concurrency} threads are fewer than messages"


def parameters(infra: Infrastructure) -> dict[str, tuple[str, str | None]]:
    """Return which variable each parameter comes from, and what holds where there is none."""
    text = infra.parameters_text
    variables = dict(_VARIABLE.findall(text))
    found: dict[str, tuple[str, str | None]] = {}
    for name, expression in _PARAM.findall(text):
        source = next((variables[v] for v in variables if v in expression), expression)
        match = _FROM_ENVIRONMENT.search(source)
        if match:
            found[name] = (match[1], match[2])
    return found


def every_parameter_can_be_said(infra: Infrastructure) -> Iterator[str]:
    """Tell of parameters that the parameters file lacks, invents, or has another default of."""
    said, params = parameters(infra), infra.main.of("param")
    yield from (f"main.bicepparam lacks {name}" for name in sorted(params.keys() - said.keys()))
    yield from (f"main has no {name}" for name in sorted(said.keys() - params.keys()))
    for name in sorted(said.keys() & params.keys()):
        default = params[name].value
        expected = (
            {True: "true", False: "false", None: None}.get(default, str(default))
            if (isinstance(default, bool) or default is None)
            else ""
            if default == []
            else str(default)
        )
        if said[name][1] != expected:
            yield f"main.bicepparam: {name} is {said[name][1]!r}, and {expected!r} in main"


def a_setting_has_one_name(infra: Infrastructure) -> Iterator[str]:
    """Tell of variables that are called otherwise than the settings that they become."""
    said = parameters(infra)
    for setting, value in table(at(infra.main.named("app"), "params", "appSettings")).items():
        variable = said.get(str(value), (setting, None))[0]
        if variable != setting:
            yield f"main.bicepparam: {setting} is said by {variable}"


RULES: Final = (
    every_setting_is_set,
    nothing_is_set_that_azure_refuses,
    an_installation_accepts_them,
    settings_are_those_of_the_app,
    there_is_a_thread_for_each_message,
    every_parameter_can_be_said,
    a_setting_has_one_name,
)
