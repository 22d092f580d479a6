from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadRequestError
from shared.web.calls import read_cursor, write_cursor
from shared.web.routes import Route

if TYPE_CHECKING:
    from shared.web.calls import Call
    from tests.shared.web.in_memory import Installation


VISIBLE_ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="'"))


def page(call: Call) -> object:
    return {"after": call.cursor(), "limit": call.limit()}


PAGE = Route("GET", "probe", page, None, "Takes a cursor.")


@given(position=VISIBLE_ASCII)
def test_cursor_comes_back_as_the_position_that_it_stands_for(position: str) -> None:
    cursor = write_cursor(position)

    assert read_cursor(cursor) == position
    assert cursor.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "=",
        "====",
        "%25",
        "abc!",
        "PAY-1",
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
        write_cursor("c.0' or PartitionKey ne 'x"),
        write_cursor("line\nbreak"),
        write_cursor("nul\0"),
        write_cursor("\N{LATIN SMALL LETTER E WITH ACUTE}"),
        write_cursor("x")[:-1] + "!",
        "Mg",
        "MA",
    ],
    ids=ascii,
)
def test_cursor_that_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read_cursor(cursor)

    assert set(refused.value.fields) == {"cursor"}


@given(st.text())
def test_forged_cursor_is_refused_or_harmless(cursor: str) -> None:
    try:
        position = read_cursor(cursor)
    except BadRequestError:
        return

    assert position.isascii()
    assert "'" not in position
    assert position == "" or position.isprintable()


def test_page_begins_at_the_cursor(installation: Installation) -> None:
    answered = installation.ask(PAGE, query=f"limit=7&cursor={write_cursor('c.1')}")

    assert answered.json == {"after": "c.1", "limit": 7}


def test_first_page_needs_no_cursor(installation: Installation) -> None:
    assert installation.ask(PAGE).json == {"after": "", "limit": 50}


def test_forged_cursor_is_a_problem_of_its_parameter(installation: Installation) -> None:
    assert set(installation.ask(PAGE, query="cursor=x").fields) == {"cursor"}
