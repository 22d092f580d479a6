"""What a filter may use up while it is evaluated: steps, text, and processor time.

An expression of a few characters can ask for millions of values, and a function of JMESPath can
build in one step what takes the memory of a whole machine.
"""

from __future__ import annotations

import time
from typing import Any, Final

from jmespath import functions
from jmespath.visitor import Options, TreeInterpreter
from msgspec import Struct

_SPARE_STEPS: Final = 10_000
_STEPS_EACH: Final = 500
"""For each repository: a list of ninety names takes them."""
_COPIED_IN_A_STEP: Final = 64
"""Of a list; about what takes as long as one step."""
_LONGEST_TEXT: Final = 100_000
_SPARE_TEXT: Final = 1_000_000
_TEXT_EACH: Final = 10_000
_SECONDS: Final = 10.0
"""Of this thread's processor time, so that a busy machine refuses no more than an idle one."""
_LOOKS_EVERY: Final = 1000


class TooMuchError(Exception):
    """The expression asks for more than a filter may use up; the text says of what."""


class Meter(Struct):
    """What is left of it."""

    steps: int
    text: int
    until: float

    @classmethod
    def for_repositories(cls, count: int) -> Meter:
        """Return what a filter of so many repositories may use up."""
        return cls(
            _SPARE_STEPS + count * _STEPS_EACH,
            _SPARE_TEXT + count * _TEXT_EACH,
            time.thread_time() + _SECONDS,
        )

    def take_steps(self, count: int) -> None:
        """Note that so much was done."""
        before = self.steps // _LOOKS_EVERY
        self.steps -= count
        if self.steps < 0:
            raise TooMuchError("it takes too many steps")
        if self.steps // _LOOKS_EVERY != before and time.thread_time() > self.until:
            raise TooMuchError("it takes too long")

    def take_text(self, length: int) -> None:
        """Note that a text of that length is going to be made."""
        self.text -= length
        if length > _LONGEST_TEXT or self.text < 0:
            raise TooMuchError("it makes too long a text")


class BoundedFunctions(functions.Functions):
    """The functions of JMESPath, those that make texts only while there is room for them."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    @functions.signature({"types": []})
    def _func_to_string(self, value: Any) -> Any:
        if not isinstance(value, str):
            self._meter.take_text(self._length_of(value))
        return super()._func_to_string(value)  # type: ignore[misc]  # not in the stubs

    @functions.signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator: str, texts: list[str]) -> Any:
        self._meter.take_text(len(separator) * len(texts) + sum(map(len, texts)))
        return super()._func_join(separator, texts)  # type: ignore[misc]  # not in the stubs

    @functions.signature({"types": ["array", "string"]})
    def _func_reverse(self, value: Any) -> Any:
        if isinstance(value, str):
            self._meter.take_text(len(value))
        return super()._func_reverse(value)  # type: ignore[misc]  # not in the stubs

    def _length_of(self, value: Any) -> int:
        """Return about how long a value is when it is written out; each value is a step."""
        length = 0
        waiting = [value]
        while waiting:
            self._meter.take_steps(1)
            one = waiting.pop()
            # As JSON, with a character that is no letter taking several.
            length += 2 + len(one) if isinstance(one, str | list) else 8
            if isinstance(one, list):
                waiting += one
            elif isinstance(one, dict):
                length += sum(map(len, one))
                waiting += one.values()
            if length > _LONGEST_TEXT or len(waiting) > _LONGEST_TEXT:
                raise TooMuchError("it makes too long a text")
        return length


class BoundedInterpreter(TreeInterpreter):
    """Evaluates an expression, and raises TooMuchError where it uses up what it has."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(Options(custom_functions=BoundedFunctions(meter)))
        self._meter = meter

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        """Evaluate one node."""
        self._meter.take_steps(1)
        found = super().visit(node, *args, **kwargs)
        if isinstance(found, list) and len(found) > _COPIED_IN_A_STEP:
            self._meter.take_steps(len(found) // _COPIED_IN_A_STEP)
        return found
