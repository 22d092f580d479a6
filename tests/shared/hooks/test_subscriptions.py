"""Which service hooks there should be, and what is done about those that there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.configuration import HookState, Subscription, Webhook
from shared.hooks.subscriptions import (
    BROKEN,
    STANDS_BY_FOR,
    WANTED,
    hears_all,
    is_everything_moved,
    is_removable,
    plan_hook,
)
from shared.model import IntegrationId, ProjectId
from tests.making import DAY

PROJECT = ProjectId("p1")
WEBHOOK = Webhook(IntegrationId("i1"), "devlinks", ("new", "old"), version=2)
ROTATING = replace(WEBHOOK, is_moved=False)
OURS = Subscription("a", "git.push", PROJECT, version=2)
FOREIGN = replace(OURS, version=None)


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("enabled", "keep"),
        ("onProbation", "switch_on"),
        ("disabledBySystem", "switch_on"),
        ("disabledByInactiveIdentity", "switch_on"),
        ("disabledByUser", "leave"),
        ("disabledByWhoKnowsWhom", "leave"),
    ],
)
@pytest.mark.parametrize("hook", [OURS, FOREIGN], ids=["ours", "made by hand"])
def test_what_is_done_depends_on_the_status(hook: Subscription, status: str, action: str) -> None:
    assert plan_hook([replace(hook, status=status)], WEBHOOK).action == action


def test_hook_that_is_not_there_is_made() -> None:
    assert plan_hook([], WEBHOOK).action == "make"


def test_hook_whose_maker_lost_access_is_made_anew_once_switching_it_on_did_not_help() -> None:
    hook = replace(OURS, status="disabledByInactiveIdentity", repaired_at=DAY)

    assert plan_hook([hook], WEBHOOK).action == "make_anew"


def test_hook_that_fails_again_is_switched_on_again() -> None:
    hook = replace(OURS, status="disabledBySystem", repaired_at=DAY)

    assert plan_hook([hook], WEBHOOK).action == "switch_on"


def test_hook_of_ours_that_was_narrowed_down_is_set_right() -> None:
    assert plan_hook([replace(OURS, is_whole=False)], WEBHOOK).action == "switch_on"


def test_narrow_hook_of_somebody_else_does_not_count() -> None:
    assert plan_hook([replace(FOREIGN, is_whole=False)], WEBHOOK).action == "make"


def test_hook_that_sends_a_password_of_long_ago_is_set_right() -> None:
    assert plan_hook([replace(OURS, version=1)], WEBHOOK).action == "switch_on"


@pytest.mark.parametrize("version", [1, None])
def test_hook_with_an_older_password_is_made_anew_during_a_rotation(version: int | None) -> None:
    hook = replace(OURS, version=version)

    plan = plan_hook([hook], ROTATING)

    assert (plan.action, plan.hook) == ("make_anew", hook)


def test_hook_that_was_made_during_the_rotation_is_kept_and_the_older_one_goes() -> None:
    old = replace(OURS, id="0", version=1)

    plan = plan_hook([old, OURS], ROTATING)

    assert (plan.action, plan.hook, plan.others) == ("keep", OURS, (old,))


@pytest.mark.parametrize("status", sorted(BROKEN))
def test_of_two_hooks_the_one_that_delivers_is_kept(status: str) -> None:
    broken = replace(OURS, status=status)
    good = replace(FOREIGN, id="b")

    plan = plan_hook([broken, good], WEBHOOK)

    assert (plan.action, plan.hook, plan.others) == ("keep", good, (broken,))


def test_hook_that_somebody_disabled_is_not_removed_for_another() -> None:
    disabled = replace(OURS, id="b", status="disabledByUser")

    plan = plan_hook([OURS, disabled], WEBHOOK)

    assert (plan.action, plan.others) == ("keep", ())


def test_others_stay_until_the_new_hook_has_proved_itself() -> None:
    made = replace(OURS, made_at=DAY)

    assert not is_removable(made, DAY + STANDS_BY_FOR - timedelta(seconds=1))
    assert is_removable(made, DAY + STANDS_BY_FOR)
    assert not is_removable(replace(made, status="onProbation"), DAY + STANDS_BY_FOR)
    assert is_removable(OURS, DAY)


def test_a_project_is_heard_when_every_event_type_is() -> None:
    hooks = tuple(Subscription(t, t, PROJECT) for t in WANTED)

    assert hears_all(HookState(hooks), PROJECT)
    assert not hears_all(HookState(hooks[1:]), PROJECT)
    assert not hears_all(HookState((*hooks[1:], replace(hooks[0], status="missing"))), PROJECT)
    assert not hears_all(HookState((*hooks[1:], replace(hooks[0], is_whole=False))), PROJECT)
    assert not hears_all(HookState(hooks), ProjectId("p2"))


def test_everything_is_moved_when_no_hook_sends_an_older_password() -> None:
    old = replace(OURS, version=1)

    assert is_everything_moved(HookState((OURS, FOREIGN)), WEBHOOK)
    assert not is_everything_moved(HookState((OURS, old)), WEBHOOK)
    assert not is_everything_moved(HookState((replace(old, status="onProbation"),)), WEBHOOK)
    assert is_everything_moved(HookState((replace(old, status="disabledByUser"),)), WEBHOOK)
    assert is_everything_moved(HookState((replace(old, status="missing"),)), WEBHOOK)


def test_an_older_password_is_accepted_until_its_time_is_over_and_everything_is_moved() -> None:
    until = DAY + timedelta(days=1)
    webhook = replace(WEBHOOK, overlaps_until=until)

    assert webhook.live_passwords(until - timedelta(seconds=1)) == ("new", "old")
    assert webhook.live_passwords(until) == ("new",)
    assert replace(webhook, is_moved=False).live_passwords(until) == ("new", "old")
