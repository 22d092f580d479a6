from __future__ import annotations

import pytest

from shared.issue_keys import Form, find
from shared.issue_keys.grammars import GRAMMARS


def forms(text: str) -> list[tuple[str, str]]:
    """Return form and text of what the Jira grammar finds."""
    return [
        (candidate.form.name, candidate.text)
        for candidate in find(text).candidates
        if candidate.form in GRAMMARS["jira"].forms
    ]


@pytest.mark.parametrize(
    "text",
    [
        "PAY-142",
        "PAY-142: Fix the rounding",
        "[PAY-142] Fix",
        "(PAY-142)",
        '"PAY-142"',
        "#PAY-142",
        "Fix the rounding (PAY-142).",
        "see PAY-142, please",
        "PAY-142/",
        "feature/PAY-142-rounding",
        "feature/PAY-142_rounding",
        "release-PAY-142",
        "fix-2-PAY-142",
        "8.x_PAY-142",
        "02_PAY-142",
        "_PAY-142_",
        "wip_PAY-142",
        "修正PAY-142",
        "修正PAY-142修正",
        "수정PAY-142를",
        "ひらPAY-142カナ",
        "😀PAY-142😀",
        "PAY-142\u200b",
        "PAY-142\r\n",
        "PAY-142\x00",
        "\ud800PAY-142\ud800",
        "^PAY-142",
        "PAY-142-2024",
    ],
)
def test_key_in_upper_case_is_found_wherever_it_stands_alone(text: str) -> None:
    assert ("KEY", "PAY-142") in forms(text)


@pytest.mark.parametrize(
    "text",
    [
        "1PAY-142",
        "éPAY-142",
        "\u0416PAY-142",
        "\uff38PAY-142",
        "ßPAY-142",
        "\u0663PAY-142",
        "-142",
        " -142",
        "--142",
        "PAY--142",
        "PAY - 142 ",
        "\uff30\uff21\uff39-142",
        "PAY\u2010142",
        "PAY-\uff11\uff14\uff12",
        "PAY-\u0661",
        "PAY-0",
        "PAY-000",
        "PAY-12345678901",
        "PAY-" + "1" * 100_000,
    ],
)
def test_what_only_looks_like_a_key_is_not_one(text: str) -> None:
    assert [found for found in forms(text) if found[0] in ("KEY", "ANY_CASE")] == []


@pytest.mark.parametrize(
    "text",
    [
        "git-svn-id: https://svn.example/trunk@1 13f79535-47bb-0310-9956-ffa450edef68",
        "ab07432a-1234-4321-9999-1234567890ab",
        "AB07432A-1234-4321-9999-1234567890AB",
        "abcdefab-1234-4321-9999-1234567890ab",
        "ABCDEFAB-1234-4321-9999-1234567890AB",
        "b06b-1234",
        "1f2e3d4c5b-1234",
        "A1B2C3D-1234",
        "CVE-2024-1234",
        "cve-2024-1234",
        "CVE-2024",
        "GHSA-1234-1234-1234",
        "GHSA-c3w8-vx34-1234",
        "ghsa-4gg5-abcd-1234",
        "build-2024-10-25",
        "build-20241025-05",
        "PAY-2024-10-25",
        "https://git.example/acme/shop/pull/12#issuecomment-12345",
        "https://git.example/acme/shop/pull/12/files#diff-12345",
        "maven-3",
        "kafka-1",
        "release-99",
        "jdk-11.0",
        "TLS-1.3",
        "PAY-7.2",
        "ubuntu-2204.1.0.1-24.04",
        "IDEA-2024.1",
        "partition=shop-0",
        "/tmp/shop-2956913950351159820",
    ],
)
def test_identifiers_advisories_dates_and_versions_are_no_candidates(text: str) -> None:
    assert [text for form, text in forms(text) if form != "DOTTED"] == []
    assert "2024" not in str(forms(text))


@pytest.mark.parametrize(
    ("text", "form", "written"),
    [
        ("pay-142", "ANY_CASE", "pay-142"),
        ("Pay-142: fix", "ANY_CASE", "Pay-142"),
        ("(#pay-142)", "ANY_CASE", "pay-142"),
        ("me/pay-142-fix", "ANY_CASE", "pay-142"),
        ("PAY-142Fix", "TOUCHED", "PAY-142"),
        ("PAY-142b", "TOUCHED", "PAY-142"),
        ("PAY-142é", "TOUCHED", "PAY-142"),
        ("pay-142v2", "TOUCHED", "pay-142"),
        ("PAY-142.2", "DOTTED", "PAY-142"),
        ("PAY-142.x", "KEY", "PAY-142"),
        ("PAY-142.", "KEY", "PAY-142"),
        ("PAY-007", "KEY", "PAY-007"),
        ("FEATURE_PAY-142", "KEY", "FEATURE_PAY-142"),
        ("BEEF-1234", "KEY", "BEEF-1234"),
        ("FE-12", "KEY", "FE-12"),
        ("PAY-20241025", "KEY", "PAY-20241025"),
        ("pay-2024", "ANY_CASE", "pay-2024"),
        ("W-12345678", "KEY", "W-12345678"),
    ],
)
def test_form_says_how_it_is_written(text: str, form: str, written: str) -> None:
    assert forms(text)[0] == (form, written)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("PAY-142/143", [142, 143]),
        ("PAY-142/143/144: three at once", [142, 143, 144]),
        ("PAY-1,2", [1, 2]),
        ("PAY-9+10", [9, 10]),
        ("PAY-142&143.", [142, 143]),
        ("PAY-142/9.x", [142]),
        ("PAY-4532/38_x", [4532]),
        ("PAY-4532/9", [4532]),
        ("PAY-142/143a", [142]),
        ("PAY-142,2024-10-25", [142]),
        ("PAY-142/000", [142]),
        ("PAY-142/PAY-143", [142, 143]),
    ],
)
def test_list_goes_on_with_numbers_of_about_as_many_digits(text: str, numbers: list[int]) -> None:
    assert [candidate.number for candidate in find(text).candidates] == numbers


def test_browse_url_keeps_its_host_and_is_one_candidate() -> None:
    found = find("See https://Tracker.example/jira/browse/pay-7?focusedId=12 for more").candidates

    assert [(c.form, c.project, c.number, c.origin, c.text) for c in found] == [
        (
            Form.BROWSE_URL,
            "PAY",
            7,
            "tracker.example/jira",
            "https://Tracker.example/jira/browse/pay-7",
        )
    ]


def test_browse_without_an_address_has_no_origin() -> None:
    (found,) = find("/browse/PAY-7").candidates

    assert (found.form, found.origin) == (Form.BROWSE_URL, "")


@pytest.mark.parametrize(
    ("text", "closes"),
    [
        ("Fixes PAY-142", True),
        ("fixed: PAY-142", True),
        ("This closes [PAY-142]", True),
        ("(resolves #PAY-142)", True),
        ("RESOLVED PAY-142", True),
        ("implements PAY-142", True),
        ("- Fix PAY-142", True),
        ("PAY-142 fixes it", False),
        ("Bug fixes\nPAY-142", False),
        ("prefixes PAY-142", False),
        ("see PAY-142", False),
        ("Fixes PAY-1, PAY-142", False),
        ("fixe\u017f PAY-142", False),
    ],
)
def test_closing_word_counts_for_the_key_that_follows_it(text: str, *, closes: bool) -> None:
    assert find(text).candidates[-1].closes is closes


@pytest.mark.parametrize(
    ("text", "heads_line"),
    [
        ("PAY-142 fix", True),
        ("  [PAY-142] fix", True),
        ("Subject\n\n* (PAY-142) fix", True),
        ("Fix PAY-142", False),
        ("Subject PAY-142\n", False),
    ],
)
def test_candidate_says_whether_it_opens_a_line(text: str, *, heads_line: bool) -> None:
    assert find(text).candidates[-1].heads_line is heads_line
