"""Scores on real histories with labelled truth, where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
import zstandard
from msgspec import Struct
from msgspec.json import Decoder

from bench.recorded import data_folder
from shared.issue_keys import Rules, Source, count_prefixes, find, learn

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = data_folder("history")

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="there are no histories; DEVLINKS_DATA can name a folder of data"
)


class Line(Struct):
    """A line of any of the files, as far as it matters here."""

    sha: str = ""
    branch: str = ""
    message: str = ""
    keys: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    work_items: frozenset[int] = frozenset()


class Text(NamedTuple):
    text: str
    source: Source
    truth: Line


class Score(NamedTuple):
    precision: float
    recall: float


def lines(name: str) -> list[Line]:
    raw = (DATA / name).read_bytes()
    if name.endswith(".zst"):
        raw = zstandard.ZstdDecompressor().decompress(raw, max_output_size=1 << 30)
    return Decoder(Line).decode_lines(raw)


def messages(repository: str) -> list[Text]:
    truth = {line.sha: line for line in lines(f"{repository}.truth.jsonl.zst")}
    return [
        Text(line.message, Source.MESSAGE, truth.get(line.sha, Line()))
        for line in lines(f"{repository}.commits.jsonl.zst")
    ]


def branches(repository: str) -> list[Text]:
    return [
        Text(line.branch, Source.BRANCH_NAME, line)
        for line in lines(f"{repository}.branches.jsonl")
    ]


def score(texts: list[Text], rules: Rules) -> Score:
    """Compare the keys found in *texts* with the truth, of the listed projects if there are any."""
    reading = rules.for_repository("r")
    hits = found = real = 0
    for text, source, truth in texts:
        work_items = {f"AB#{number}" for number in truth.work_items}
        expected = {
            key for key in truth.keys | work_items if not rules.projects or is_of(key, rules)
        }
        keys = {str(key) for key in reading.read(text, source=source).keys}
        keys -= truth.ignore - expected
        hits += len(keys & expected)
        found += len(keys)
        real += len(expected)
    return Score(hits / found, hits / real)


def is_of(key: str, rules: Rules) -> bool:
    return key.rpartition("-")[0] in rules.projects


@pytest.mark.parametrize(
    ("repository", "projects"),
    [("kafka", ("KAFKA",)), ("wildfly", ("WFLY", "WFCORE", "AS7", "JBAS"))],
)
@pytest.mark.parametrize("texts_of", [messages, branches])
def test_with_a_project_list_nearly_every_key_is_found_and_nearly_nothing_else(
    texts_of: Callable[[str], list[Text]], repository: str, projects: tuple[str, ...]
) -> None:
    reached = score(texts_of(repository), Rules(grammars=("jira",), projects=projects))

    assert reached.precision >= 0.9995
    assert reached.recall >= 0.999


@pytest.mark.parametrize("repository", ["kafka", "wildfly"])
def test_without_a_list_what_is_learned_makes_up_for_it(repository: str) -> None:
    texts = [*messages(repository), *branches(repository)]
    learned = learn(count_prefixes(find(t.text, source=t.source).candidates for t in texts))
    rules = Rules(grammars=("jira",), learned={"r": learned})

    in_messages, in_branches = (
        score(messages(repository), rules),
        score(branches(repository), rules),
    )

    assert min(in_messages.precision, in_branches.precision) >= 0.995
    assert min(in_messages.recall, in_branches.recall) >= 0.99


def test_work_items_are_found_while_plain_numbers_are_off() -> None:
    reached = score(messages("BuildXL"), Rules())

    assert reached.precision >= 0.99
    assert reached.recall >= 0.99
