"""The audit in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from admin_console.pages.audit import ACTORS, SENTENCES, who
from shared.access.auditing import audit
from shared.audit_entries import Actor, ActorKind, AuditAction
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


def test_everything_that_is_noted_has_its_words() -> None:
    assert set(SENTENCES) == set(get_args(AuditAction))
    assert set(ACTORS) == set(get_args(ActorKind))


@pytest.mark.parametrize(
    ("actor", "told"),
    [
        (Actor("token", "abc", "Plugin"), "API token Plugin"),
        (Actor("user", "tenant.object", "Team lead"), "Team lead"),
        (Actor("user", "tenant.object"), "tenant.object"),
        (Actor("operator"), "Somebody at a shell of the installation"),
        (Actor("user"), "Somebody"),
    ],
)
def test_who_did_it_is_told_in_words(actor: Actor, told: str) -> None:
    assert who(actor) == told


def test_entries_are_sentences_with_the_integration_by_name(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = installation.connect(sample, name="<i>Contoso</i>")
    visitor = Visitor(installation.services)
    installation.call("POST", f"integrations/{made}/pause")

    seen = visitor.get("/audit")

    assert "API token Tests paused the integration <i>Contoso</i>" in seen.text
    assert "Operator signed in" in seen.text
    assert "by a one-time link" in seen.text
    assert f'href="/api/console/integrations/{made}"' in seen.html
    assert "<i>Contoso" not in seen.html


def test_the_audit_has_pages(installation: Installation) -> None:
    visitor = Visitor(installation.services)
    for number in range(3):
        audit(installation.services, "signed_in", by=Actor("user", name=f"Person {number}"))

    first = visitor.get("/audit?limit=2")
    link = first.html.split('class="pager"')[1].split('href="')[1].split('"')[0]
    second = visitor.get(f"{link.removeprefix('/api/console')}&limit=2")

    rows = [seen.html.count('<th scope="row">') for seen in (first, second)]
    assert rows == [2, 2]
