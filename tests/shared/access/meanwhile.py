"""Records that somebody else gets at between two steps of what is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.interfaces.storage import Records


class Meanwhile:
    """Passes on to other records; the first time that a method is asked for, does more before."""

    def __init__(
        self,
        records: Records[Any],
        act: Callable[[], object],
        *,
        at: Literal["insert", "remove", "replace"] = "insert",
    ) -> None:
        self._records = records
        self._act: Callable[[], object] | None = act
        self._at = at

    def __getattr__(self, name: str) -> Any:
        if name == self._at and self._act is not None:
            act, self._act = self._act, None
            act()
        return getattr(self._records, name)
