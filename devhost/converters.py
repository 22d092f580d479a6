"""Turn trigger data into what functions take, and answers into what the host sends.

These are the app's own converters: `azure.functions.get_binding_registry()` returns those
that Microsoft's worker uses. It has no types, so this module is the one door to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import azure.functions as func
from azure.functions.meta import Datum

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class _Converter(Protocol):
        def check_input_type_annotation(self, pytype: type) -> bool: ...
        def check_output_type_annotation(self, pytype: type) -> bool: ...
        def decode(self, data: Datum, *, trigger_metadata: Mapping[str, Datum]) -> object: ...
        def encode(self, obj: object, *, expected_type: type | None) -> Datum: ...


def datum(value: object, kind: str) -> Datum:
    """Return *value* as the worker's converters take it; *kind* is such as `string` or `json`."""
    return Datum(value, kind)


def accepts_input(binding_type: str, annotation: type) -> bool:
    """Tell whether a parameter bound to *binding_type* may be annotated so."""
    # The worker hands out raw data for these two; of a request there is none.
    if annotation in (str, bytes) and binding_type != "httpTrigger":
        return True
    return _converter(binding_type).check_input_type_annotation(annotation)


def accepts_output(binding_type: str, annotation: type) -> bool:
    """Tell whether a function that answers through *binding_type* may be annotated so."""
    return _converter(binding_type).check_output_type_annotation(annotation)


def decode(
    binding_type: str, data: Datum, *, metadata: Mapping[str, Datum] | None = None
) -> object:
    """Return the rich object (`HttpRequest`, `QueueMessage`, `TimerRequest`) for *data*."""
    return _converter(binding_type).decode(data, trigger_metadata=metadata or {})


def encode_http(result: object) -> Datum:
    """Return an HTTP function's *result* as the worker sends it to the host.

    Raises TypeError for what is neither an HttpResponse nor a text.
    """
    try:
        return _converter("http").encode(result, expected_type=None)
    except NotImplementedError:
        kind = type(result).__name__
        raise TypeError(f"an HTTP function returned {kind} in place of HttpResponse") from None


def _converter(binding_type: str) -> _Converter:
    registry = func.get_binding_registry()
    return cast("_Converter", registry.get(binding_type))
