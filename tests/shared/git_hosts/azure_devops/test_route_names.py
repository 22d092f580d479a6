from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.git_hosts.azure_devops.route_names import route_of

SOURCE = Path(__file__).resolve().parents[4] / "shared" / "git_hosts" / "azure_devops"
LITERAL = re.compile(
    r'"(?:/\{project(?:\.id)?\})?((?:/_apis|\{_GIT\}|\{_HOOKS\})/[\w./{}]*[\w}])[?"]'
)
ID = "3f2b0c1d-6e8c-4087-b435-29157f94e9a1"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/_apis/projects", "projects"),
        (f"/_apis/projects/{ID}", "projects/{}"),
        (f"/_apis/git/repositories/{ID}/refs", "git/repositories/{}/refs"),
        (f"/{ID}/_apis/git/pullrequests", "git/pullrequests"),
        (
            f"/_apis/git/repositories/{ID}/pullRequests/17/commits",
            "git/repositories/{}/pullrequests/{}/commits",
        ),
        ("/_apis/wit/workitems", "wit/workitems"),
        ("/_apis/projects/Payroll%20secret", "projects/{}"),
        (f"https://dev.azure.com/contoso/_git/{ID}/info/refs", "git:refs"),
        (f"https://dev.azure.com/contoso/_git/{ID}/git-upload-pack", "git:git-upload-pack"),
        ("https://dev.azure.com/contoso/_git/Payroll", "other"),
        ("/Payroll", "other"),
        ("", "other"),
    ],
)
def test_route_is_told_without_ids_and_names(path: str, route: str) -> None:
    assert route_of(path) == route


def test_every_route_that_is_called_is_known_by_its_words() -> None:
    named = {"{_GIT}": "/_apis/git", "{_HOOKS}": "/_apis/hooks"}
    text = "\n".join(path.read_text() for path in sorted(SOURCE.glob("*.py")))
    called = {re.sub(r"\{_\w+\}", lambda m: named[m[0]], path) for path in LITERAL.findall(text)}

    unknown = {
        path
        for path in called
        if route_of(re.sub(r"\{[^}]*\}", ID, path)).count("{}") != path.count("{")
    }

    assert unknown == set()
    assert len(called) > 15
