from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.issue_keys import Candidate, Form, Source, attached_work_item, find, pack, unpack

any_text = st.text(st.characters(codec="utf-8"), max_size=100)
any_candidate = st.builds(
    Candidate,
    form=st.sampled_from(Form),
    project=any_text,
    number=st.integers(0, 10**10),
    text=any_text.filter(bool),
    source=st.sampled_from(Source),
    origin=any_text,
    closes=st.booleans(),
    heads_line=st.booleans(),
)


@given(st.lists(any_candidate, max_size=5))
def test_whatever_is_packed_comes_back(candidates: list[Candidate]) -> None:
    assert unpack(pack(candidates)) == tuple(candidates)


@pytest.mark.parametrize(
    "text",
    [
        "PAY-142 pay-143 PAY-0144 SHOP-1/2 PAY-145b PAY-146.2 #17 AB#18",
        "PAY_142\nPAY143\nFixes https://x.example/browse/PAY-1",
        "Related work items: #1, #2",
        "https://dev.azure.com/acme/_workitems/edit/3 https://x.example/issues/4",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_what_is_found_comes_back(text: str, source: Source) -> None:
    found = (*find(text, source=source).candidates, attached_work_item(5))

    assert unpack(pack(found)) == found


def test_usual_candidates_are_stored_short() -> None:
    assert pack(find("See PAY-142").candidates) == '[["mk","PAY",142]]'
    assert pack(find("Fixes PAY-142").candidates) == '[["mk!","PAY",142]]'
    assert pack(find("me/pay-142", source=Source.BRANCH_NAME).candidates) == '[["bc","PAY",142]]'
    assert pack(find("See #17").candidates) == '[["mn","#",17]]'


def test_nothing_is_packed_as_nothing() -> None:
    assert pack(()) == ""
    assert unpack("") == ()


def test_every_form_and_source_has_a_code_of_its_own() -> None:
    packed = {pack([Candidate(form, "PAY", 1, "x", source)]) for form in Form for source in Source}

    assert len(packed) == len(Form) * len(Source)


@pytest.mark.parametrize("text", ["\x00\x1f\x7f", "\u2028\u202e", "\U0001f600", '"\\\n'])
def test_odd_characters_are_kept(text: str) -> None:
    candidate = Candidate(Form.BROWSE_URL, "PAY", 1, text, Source.MESSAGE, text)

    packed = pack([candidate])

    assert unpack(packed) == (candidate,)
    assert "\n" not in packed
    assert "\x00" not in packed


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    (unpacked,) = unpack(pack([Candidate(Form.BROWSE_URL, "PAY", 1, "a\ud800b", Source.TITLE)]))

    assert unpacked.text == "a\ufffdb"


@pytest.mark.parametrize(
    "text",
    ["x", "{}", '[["mk"]]', '[["m?","PAY",1]]', '[["?k","PAY",1]]', '[["m","PAY",1]]', "[[]]"],
)
def test_text_that_was_not_packed_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — msgspec's own errors are ValueErrors too
        unpack(text)
