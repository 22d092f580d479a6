"""Signs in over HTTP: with a user name and a password or token, or with a token by itself.

https://www.rfc-editor.org/rfc/rfc7617 and https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

import base64
import re
from typing import Final

_USER_NAME: Final = re.compile(r"[^:\x00-\x1f\x7f]{1,256}")
"""A colon would end it. https://www.rfc-editor.org/rfc/rfc7617#section-2"""
_PASSWORD: Final = re.compile(r"[^\x00-\x1f\x7f]{1,4096}")


def basic(user_name: str, secret: str) -> dict[str, str]:
    """Return the header that signs in with a user name and a password or token."""
    credential = base64.b64encode(f"{user_name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {credential}"}


def bearer(token: str) -> dict[str, str]:
    """Return the header that signs in with an access token."""
    return {"Authorization": f"Bearer {token}"}


def wrong_user_name(user_name: str) -> str:
    """Return what is wrong with a user name; nothing if it can be sent."""
    is_right = _USER_NAME.fullmatch(user_name)
    return "" if is_right else "it must have no colon and no control characters"


def wrong_password(password: str) -> str:
    """Return what is wrong with a password; nothing if it can be sent."""
    return "" if _PASSWORD.fullmatch(password) else "it must have no control characters"
