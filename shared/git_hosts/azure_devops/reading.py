"""Reads the JSON of Azure DevOps as one of our types, once."""

from __future__ import annotations

import json
from typing import Final, TypeVar

import msgspec

from shared.errors import MalformedAnswerError

T = TypeVar("T")

_SHOWN: Final = 100


def decode(body: bytes | msgspec.Raw, kind: type[T], *, what: str) -> T:
    """Return JSON from the service as *kind*; MalformedAnswerError tells what does not fit.

    A lone surrogate, which its JSON may hold where somebody's text was cut, becomes `?`.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise MalformedAnswerError(f"Azure DevOps's {what} is not as expected: {error}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        repaired = _without_lone_surrogates(bytes(body))
        if repaired is not None:
            return decode(repaired, kind, what=what)
        shown = bytes(body[:_SHOWN]).decode(errors="replace")
        raise MalformedAnswerError(f"Azure DevOps's {what} is no JSON: {shown!r}.") from error
    except RecursionError as error:
        raise MalformedAnswerError(f"Azure DevOps's {what} is nested too deeply.") from error


def _without_lone_surrogates(body: bytes) -> bytes | None:
    """Return the same JSON with text that can be encoded; None when that changes nothing."""
    try:
        text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    repaired = text.encode(errors="replace")
    return None if repaired == body else repaired
