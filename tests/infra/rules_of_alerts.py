"""Rules of alerts: they ask for what the functions are called and log, and somebody is told."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from infra.smoke import expected_functions
from tests.infra.infrastructure import ROOT, at, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.bicep import Value
    from tests.infra.infrastructure import Infrastructure

WANTED: Final = {
    "failed-requests",
    "exceptions",
    "poison",
    "no-tick",
    "hooks-silent",
    "credential-expires",
    "throttled-too-long",
}
POISON_FUNCTIONS: Final = {"give_up_hooks", "give_up_reindex", "give_up_history"}
WINDOWS: Final = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT1H": 60, "PT2H": 120}
"""Minutes of those that Azure takes."""
TABLES: Final = {"requests", "exceptions", "traces"}

_LOGGED: Final = re.compile(r"\b_?log\.(?:info|warning|error|exception)\(\s*\"(\w+)")
_LINE: Final = re.compile(r"message startswith '(\w+) '")
_FUNCTIONS: Final = re.compile(r"\bname (?:==|in) (\([^)]*\)|'[^']*')")
_CODES: Final = re.compile(r"\bcode (?:==|in) (\([^)]*\)|'[^']*')")
_QUOTED: Final = re.compile(r"'(\w+)'")


@cache
def lines_that_are_logged() -> frozenset[str]:
    """Return the first words of all lines that the deployed code logs."""
    folders = ("shared", "webhook_handler", "reindex_timer", "index_worker", "oauth_callback")
    sources = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return frozenset(name for path in sources for name in _LOGGED.findall(path.read_text()))


@cache
def codes_of_alarms() -> frozenset[str]:
    """Return the codes that alarms of connections and of hooks have."""
    text = (ROOT / "shared" / "integrations" / "alarms.py").read_text()
    return frozenset(re.findall(r"Alarm\(\s*\"(\w+)\"", text))


def unknown_in(query: str) -> Iterator[str]:
    """Return what a query asks for and nothing tells of."""
    for line in _LINE.findall(query):
        if line not in lines_that_are_logged():
            yield f"nothing logs {line}"
    for names in _FUNCTIONS.findall(query):
        yield from (
            f"no function is called {name}"
            for name in _QUOTED.findall(names)
            if name not in expected_functions()
        )
    for codes in _CODES.findall(query):
        yield from (
            f"no alarm has the code {code}"
            for code in _QUOTED.findall(codes)
            if code not in codes_of_alarms()
        )
    table = query.partition("\n")[0].strip()
    if table not in TABLES:
        yield f"there is no table {table}"


def alerts_ask_for_what_there_is(infra: Infrastructure) -> Iterator[str]:
    """Tell of names in alert rules that the code does not know."""
    for rule in _rules(infra):
        query = _query(infra, rule)
        if not any(p.search(query) for p in (_LINE, _FUNCTIONS, _CODES)) and query.strip() not in {
            "exceptions",
            "requests\n| where toint(resultCode) >= 500",
        }:
            yield f"{at(rule, 'name')}: asks for nothing that is known"
        yield from (f"{at(rule, 'name')}: {unknown}" for unknown in unknown_in(query))


def workbook_asks_for_what_there_is(infra: Infrastructure) -> Iterator[str]:
    """Tell of names in the workbook that the code does not know."""
    workbook: dict[str, Any] = json.loads((infra.folder / "devlinks.workbook").read_text())
    for item in workbook["items"]:
        query = item["content"].get("query")
        if query:
            yield from (f"workbook, {item['name']}: {unknown}" for unknown in unknown_in(query))


def every_alert_is_there(infra: Infrastructure) -> Iterator[str]:
    """Tell of alerts that are missing, or that look at a time that Azure does not take."""
    found = {str(at(rule, "name")) for rule in _rules(infra)}
    yield from (f"there is no alert {name}" for name in sorted(WANTED - found))
    for rule in _rules(infra):
        window, every = (WINDOWS.get(str(at(rule, key)), 0) for key in ("window", "every"))
        if not 0 < every <= window:
            yield f"{at(rule, 'name')}: looks at {window} minutes every {every}"


def alerts_mean_what_they_say(infra: Infrastructure) -> Iterator[str]:
    """Tell of alerts about time and poison that would come too late, or never."""
    rules = {at(rule, "name"): rule for rule in _rules(infra)}
    tick = rules["no-tick"]
    found = [at(tick, key) for key in ("window", "operator", "threshold", "periods")]
    if found != ["PT1H", "LessThan", 1, 1] or "success == true" not in _query(infra, tick):
        yield f"no-tick: {found}"
    asked = set(_QUOTED.findall(_query(infra, rules["poison"])))
    if asked != POISON_FUNCTIONS or at(rules["poison"], "threshold") != 0:
        yield f"poison: asks for {asked}"
    throttled = rules["throttled-too-long"]
    if [at(throttled, "window"), at(throttled, "periods")] != ["PT15M", 4]:
        yield "throttled-too-long: is not about an hour"


def somebody_is_told(infra: Infrastructure) -> Iterator[str]:
    """Tell of alerts that ask nobody and tell nobody."""
    module = infra.module("alerts")
    alert = module.named("alerts")
    if at(alert, "properties", "actions", "actionGroups") != ["told.id"]:
        yield "alerts: nobody is told"
    if at(alert, "properties", "scopes") != ["insightsId"]:
        yield "alerts: they ask elsewhere"
    if at(alert, "properties", "enabled") is not True:
        yield "alerts: they are switched off"
    criterion = at(alert, "properties", "criteria", "allOf", 0)
    expected = {
        "query": "rule.query",
        "timeAggregation": "Count",
        "operator": "rule.operator",
        "threshold": "rule.threshold",
    }
    if {key: at(criterion, key) for key in expected} != expected:
        yield "alerts: they do not ask what the rules say"
    receiver = at(module.named("told"), "properties", "emailReceivers", "emailAddress")
    given = at(infra.main.named("alerts"), "params", "emails")
    if (receiver, given) != ("email", "alertEmails"):
        yield "alerts: e-mails go elsewhere"
    if at(infra.main.named("alerts"), "params", "insightsId") != "monitoring.outputs.id":
        yield "main: alerts ask elsewhere"


def what_alerts_count_is_not_sampled(infra: Infrastructure) -> Iterator[str]:
    """Tell of kinds of telemetry that the host keeps only a part of."""
    del infra
    logging: dict[str, Any] = json.loads((ROOT / "host.json").read_text())["logging"]
    kept = logging["applicationInsights"]["samplingSettings"].get("excludedTypes", "").split(";")
    yield from (
        f"host.json: {kind} is sampled"
        for kind in ("Request", "Exception", "Trace")
        if kind not in kept
    )


def _rules(infra: Infrastructure) -> list[Value]:
    return rows(infra.module("alerts").named("rules").value)


def _query(infra: Infrastructure, rule: Value) -> str:
    query = str(at(rule, "query"))
    alarm = str(infra.module("alerts").named("alarm").value)
    return (
        query.removeprefix("'")
        .removesuffix("'")
        .replace("${alarm}", alarm)
        .replace("\\'", "'")
        .strip()
    )


RULES: Final = (
    alerts_ask_for_what_there_is,
    workbook_asks_for_what_there_is,
    every_alert_is_there,
    alerts_mean_what_they_say,
    somebody_is_told,
    what_alerts_count_is_not_sampled,
)
