"""Records, on storage of both kinds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from shared.errors import ChangedError
from shared.storage.rows import TooLargeError

if TYPE_CHECKING:
    from shared.interfaces.storage import Records, Storage


class Note(Struct, frozen=True):
    text: str
    stars: int = 0


@pytest.fixture
def notes(storage: Storage, unique: str) -> Records[Note]:
    return storage.records(unique, Note)


def test_what_was_inserted_is_read_and_an_unknown_key_has_nothing(notes: Records[Note]) -> None:
    notes.insert("g", "a", Note("first", 1))

    found = notes.get("g", "a")

    assert found is not None
    assert found.value == Note("first", 1)
    assert notes.get("g", "b") is None
    assert notes.get("h", "a") is None


def test_a_second_insert_is_refused_and_changes_nothing(notes: Records[Note]) -> None:
    notes.insert("g", "a", Note("first"))

    with pytest.raises(ChangedError):
        notes.insert("g", "a", Note("second"))

    found = notes.get("g", "a")
    assert found is not None
    assert found.value.text == "first"


def test_of_two_who_replace_the_same_version_one_wins(notes: Records[Note]) -> None:
    notes.insert("g", "a", Note("first"))
    one, two = notes.get("g", "a"), notes.get("g", "a")
    assert one is not None
    assert two is not None

    again = notes.replace(one, Note("one"))
    with pytest.raises(ChangedError):
        notes.replace(two, Note("two"))
    notes.replace(again, Note("one again"))

    found = notes.get("g", "a")
    assert found is not None
    assert found.value.text == "one again"


def test_the_version_of_an_insert_can_be_replaced(notes: Records[Note]) -> None:
    record = notes.insert("g", "a", Note("first"))

    notes.replace(record, Note("second"))

    found = notes.get("g", "a")
    assert found is not None
    assert found.value.text == "second"


def test_what_was_deleted_cannot_be_replaced(notes: Records[Note]) -> None:
    record = notes.insert("g", "a", Note("first"))
    notes.delete("g", "a")

    with pytest.raises(ChangedError):
        notes.replace(record, Note("second"))

    assert notes.get("g", "a") is None


def test_put_keeps_a_value_whatever_was_there(notes: Records[Note]) -> None:
    notes.put("g", "a", Note("first"))
    notes.put("g", "a", Note("second"))

    found = notes.get("g", "a")

    assert found is not None
    assert found.value.text == "second"


def test_many_values_are_kept_at_once_whatever_was_there(notes: Records[Note]) -> None:
    notes.put("g", "003", Note("old"))

    notes.put_all("g", {f"{number:03d}": Note(f"new {number} \u2028") for number in range(250)})

    found = notes.list("g")
    assert len(found) == 250
    assert found[3].value.text == "new 3 \u2028"


def test_of_many_new_values_those_are_kept_that_nobody_kept_before(notes: Records[Note]) -> None:
    notes.put("g", "003", Note("first"))

    kept = notes.insert_all("g", {f"{number:03d}": Note("second") for number in range(150)})

    assert kept == {f"{number:03d}" for number in range(150)} - {"003"}
    assert [r.key for r in notes.list("g") if r.value.text == "first"] == ["003"]


def test_a_value_kept_with_many_others_can_be_replaced(notes: Records[Note]) -> None:
    notes.insert_all("g", {"a": Note("first"), "b": Note("x" * 40_000)})
    record = notes.get("g", "b")
    assert record is not None

    notes.replace(record, Note("second"))

    assert [r.value.text for r in notes.list("g")] == ["first", "second"]


def test_deleting_twice_is_fine(notes: Records[Note]) -> None:
    notes.put("g", "a", Note("first"))

    notes.delete("g", "a")
    notes.delete("g", "a")

    assert notes.get("g", "a") is None


def test_a_changed_record_is_not_removed(notes: Records[Note]) -> None:
    record = notes.insert("g", "a", Note("first"))
    notes.put("g", "a", Note("second"))

    with pytest.raises(ChangedError):
        notes.remove(record)

    assert notes.get("g", "a") is not None


def test_of_several_who_remove_a_record_one_does(notes: Records[Note]) -> None:
    record = notes.insert("g", "a", Note("first"))
    [listed] = notes.list("g")
    notes.remove(record)

    for again in (record, listed):
        with pytest.raises(ChangedError):
            notes.remove(again)

    assert notes.get("g", "a") is None


def test_a_group_is_listed_in_order_of_key_and_between_bounds(notes: Records[Note]) -> None:
    for key in ("c", "a", "d", "b"):
        notes.put("g", key, Note(key))
    notes.put("h", "b", Note("other"))

    assert [r.key for r in notes.list("g")] == ["a", "b", "c", "d"]
    assert [r.value.text for r in notes.list("g", after="a", before="d")] == ["b", "c"]
    assert [r.key for r in notes.list("g", limit=2)] == ["a", "b"]
    assert notes.list("nobody") == []


def test_a_listed_record_can_be_replaced(notes: Records[Note]) -> None:
    notes.put("g", "a", Note("first"))

    [record] = notes.list("g")
    notes.replace(record, Note("second"))

    assert [r.value.text for r in notes.list("g")] == ["second"]


def test_more_than_a_page_of_records_is_listed_whole(notes: Records[Note]) -> None:
    for number in range(1005):
        notes.put("g", f"{number:05d}", Note(str(number)))

    assert len(notes.list("g")) == 1005


@pytest.mark.parametrize(
    "text",
    [
        "",
        "'quoted' and %41 and \\ / # ?",
        "line\u2028separator and \U0001f600",
        "x" * 40_000,
        "\U0001f600" * 20_000,
        os.urandom(400_000).hex(),
    ],
    ids=["empty", "quotes", "separators", "long", "long emoji", "incompressible"],
)
def test_any_text_comes_back_as_it_was(notes: Records[Note], text: str) -> None:
    notes.put("g", "a", Note(text))

    found = notes.get("g", "a")
    [listed] = notes.list("g")

    assert found is not None
    assert found.value.text == text
    assert listed.value.text == text


def test_a_value_that_fits_in_no_row_is_refused_before_it_is_sent(
    notes: Records[Note],
) -> None:
    if type(notes).__name__ == "MemoryRecords":
        pytest.skip("memory has rows of any size")

    with pytest.raises(TooLargeError):
        notes.put("g", "a", Note(os.urandom(1_000_000).hex()))


@pytest.fixture
def noted(storage: Storage) -> Records[Note]:
    """Return records that may have something beside them."""
    return storage.records("repositories", Note)


def test_what_is_kept_beside_a_value_stays_when_the_value_is_replaced(
    noted: Records[Note], unique: str
) -> None:
    noted.put_all(unique, {"a": Note("first"), "b": Note("b")})

    noted.put_beside(unique, {"a": "beside ü \u2028", "b": "other"})
    noted.put_all(unique, {"a": Note("second")})
    noted.put(unique, "a", Note("third"))
    stored = noted.get(unique, "a")
    assert stored is not None
    noted.replace(stored, Note("fourth"))

    found = {r.key: (r.value.text, r.beside) for r in noted.list(unique)}
    assert found == {"a": ("fourth", "beside ü \u2028"), "b": ("b", "other")}
    assert stored.beside == "beside ü \u2028"


def test_beside_a_value_that_is_not_there_nothing_is_kept(
    noted: Records[Note], unique: str
) -> None:
    noted.put(unique, "a", Note("first"))
    noted.put_beside(unique, {"a": "one", "b": "two"})
    noted.delete(unique, "a")
    noted.put_beside(unique, {"a": "three"})
    noted.insert(unique, "a", Note("again"))

    assert [(r.key, r.beside) for r in noted.list(unique)] == [("a", "")]


def test_who_read_before_something_was_kept_beside_reads_again(
    noted: Records[Note], unique: str
) -> None:
    record = noted.insert(unique, "a", Note("first"))
    noted.put_beside(unique, {"a": "one"})

    with pytest.raises(ChangedError):
        noted.replace(record, Note("second"))


def test_beside_more_values_than_a_batch_holds_each_has_its_own(
    noted: Records[Note], unique: str
) -> None:
    keys = [f"k{n:03}" for n in range(150)]
    noted.put_all(unique, {key: Note(key) for key in keys})

    noted.put_beside(unique, {key: key.upper() for key in keys})

    assert [r.beside for r in noted.list(unique)] == [key.upper() for key in keys]
