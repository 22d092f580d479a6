"""Answers as Azure DevOps gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from shared.errors import (
    DevlinksError,
)
from shared.git_hosts.azure_devops.answers import (
    check,
)

if TYPE_CHECKING:
    from shared.git_hosts.egress import Answer

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


JSON = {"content-type": "application/json; charset=utf-8; api-version=7.1"}


HTML = {"content-type": "text/html; charset=utf-8"}


SIGN_IN = "https://spsprodweu1.vssps.visualstudio.com/_signin?realm=dev.azure.com"


EXPIRED = "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."


OUTAGE = b"<html><head><title>Azure DevOps Services Unavailable</title></head></html>"


def envelope(message: str | None, type_key: str = "VssServiceException") -> bytes:
    return msgspec.json.encode(
        {
            "$id": "1",
            "innerException": None,
            "message": message,
            "typeName": f"Microsoft.{type_key}, Microsoft.VisualStudio.Services.WebApi",
            "typeKey": type_key,
            "errorCode": 0,
            "eventId": 3000,
        }
    )


def raised_by(answer: Answer) -> DevlinksError:
    with pytest.raises(DevlinksError) as raised:
        check(answer, what="project of contoso", now=NOW)
    return raised.value
