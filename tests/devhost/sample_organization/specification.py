"""Microsoft's specifications of the REST API, as JSON schemas that allow nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema

from bench.recorded import data_folder

SPECS = data_folder("azure-devops") / "specs"
"""Where they are on a machine that has them."""

FILES = {
    "account": "account/7.1/accounts.json",
    "core": "core/7.1/core.json",
    "git": "git/7.1/git.json",
    "hooks": "hooks/7.1/serviceHooks.json",
    "ims": "ims/7.1/identities.json",
    "profile": "profile/7.1/profile.json",
    "tfvc": "tfvc/7.1/tfvc.json",
    "wit": "wit/7.1/workItemTracking.json",
    **{
        f"{area} {version}": f"{area}/{folder}/{area}-onprem.json"
        for area in ("core", "git")
        for version, folder in (
            ("4.1", "tfs-4.1"),
            ("5.0", "azure-devops-server-5.0"),
            ("6.0", "azure-devops-server-6.0"),
            ("7.0", "azure-devops-server-7.0"),
            ("7.1", "azure-devops-server-7.1"),
        )
    },
}

# Where the specification and what is recorded of the service differ, the recording counts.
CORRECTED: dict[str, dict[str, Any]] = {
    "ReferenceLinks": {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": {"href": {"type": "string"}},
            "required": ["href"],
            "additionalProperties": False,
        },
    },
    "PropertiesCollection": {"type": "object"},
    "Subscription.probationRetries": {"type": "integer"},
    "Profile.displayName": {"type": "string"},
    "Profile.publicAlias": {"type": "string"},
    "Profile.emailAddress": {"type": "string"},
    "Identity.descriptor": {"type": "string"},
    "TeamProjectReference.visibility": {"enum": ["private", "public", "unchanged"]},
    "WorkItem.fields": {"type": "object"},
    "WorkItemRelation.attributes": {"type": "object"},
    "GitCommitRef.treeId": {"type": "string"},
    "GitChange.item": {"$ref": "#/$defs/GitItem"},
    "GitPullRequestQuery.queries": {"type": "array"},
}


class Specification:
    """One swagger file, read as closed JSON schemas: what it does not name is a failure."""

    def __init__(self, area: str) -> None:
        self.definitions: dict[str, Any] = json.loads(
            (SPECS / FILES[area]).read_text(encoding="utf-8")
        )["definitions"]

    def schema(self, name: str) -> dict[str, Any]:
        if name in CORRECTED:
            return CORRECTED[name]
        names = {name}
        done: dict[str, Any] = {}
        while waiting := names - done.keys():
            for each in waiting:
                done[each] = self._closed(each)
                names |= set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(done[each])))
        return {"$ref": f"#/$defs/{name}", "$defs": done}

    def _closed(self, name: str) -> dict[str, Any]:
        if name in CORRECTED:
            return CORRECTED[name]
        properties, open_values = self._properties(name)
        closed: dict[str, Any] = {
            "type": ["object", "null"],
            "properties": {
                key: CORRECTED.get(f"{name}.{key}") or self._converted(value)
                for key, value in properties.items()
            },
        }
        for key, value in CORRECTED.items():
            owner, _, extra = key.partition(".")
            if owner == name and extra:
                closed["properties"][extra] = value
        closed["additionalProperties"] = self._converted(open_values) if open_values else False
        return closed

    def _properties(self, name: str) -> tuple[dict[str, Any], Any]:
        definition = self.definitions[name]
        properties = dict(definition.get("properties", {}))
        open_values = definition.get("additionalProperties")
        for part in definition.get("allOf", []):
            if "$ref" in part:
                inherited, more = self._properties(part["$ref"].rpartition("/")[2])
                properties = inherited | properties
                open_values = open_values or more
            else:
                open_values = open_values or part.get("additionalProperties")
        return properties, open_values

    def _converted(self, value: Any) -> dict[str, Any]:
        if "$ref" in value:
            return {"$ref": f"#/$defs/{value['$ref'].rpartition('/')[2]}"}
        kept = {k: value[k] for k in ("type", "enum", "format") if k in value}
        if kept.get("type") == "array":
            kept["items"] = self._converted(value["items"])
        if kept.get("type") == "object" and "additionalProperties" in value:
            kept["additionalProperties"] = self._converted(value["additionalProperties"])
        return kept


CHECKER = jsonschema.FormatChecker(formats=["uuid"])


@CHECKER.checks("date-time")
def is_moment(value: object) -> bool:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z?\Z"
    return not isinstance(value, str) or re.match(pattern, value) is not None


def check(area: str, definition: str, value: object) -> None:
    schema = Specification(area).schema(definition)
    jsonschema.Draft202012Validator(schema, format_checker=CHECKER).validate(value)
