"""Answer for people: the profile, the accounts, the identity search and the pictures."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from . import moments
from .exchange import Answer, Json, Request, collection, json_answer
from .refusals import RefusedError, bad_argument

if TYPE_CHECKING:
    from .model import Person
    from .organization import Organization

_PICTURE_SIDE = 8


def get_profile(organization: Organization, request: Request) -> Answer:
    """GET profile/profiles/me, or by the caller's own id."""
    person = request.person
    if request.values["id"].lower() not in {"me", person.id}:
        raise RefusedError(404, "ProfileDoesNotExistException", "The profile does not exist.")
    return json_answer(
        {
            "displayName": person.name,
            "publicAlias": person.id,
            "emailAddress": person.email,
            "coreRevision": 1,
            "timeStamp": moments.written(organization.clock.now()),
            "id": person.id,
            "revision": 1,
        }
    )


def get_accounts(organization: Organization, request: Request) -> Answer:
    """GET accounts: the organizations that accept the caller, and others that will not."""
    member = request.query.text("memberId") or request.query.text("ownerId")
    if member is None:
        raise bad_argument("Either memberId or ownerId is required.")
    if member.lower() != request.person.id:
        return collection([])
    value = request.token.value
    open_to_caller = [one for one in organization.beside if one.lets_in(value)]
    known = [(one.id, one.name) for one in open_to_caller]
    known += [
        (organization.new_id("account", name), name)
        for name in organization.behaviour.other_accounts
    ]
    shapes: list[Json] = [
        {
            "accountId": identifier,
            "accountUri": f"https://vssps.dev.azure.com/{name}/",
            "accountName": name,
            "properties": {},
        }
        for identifier, name in known
    ]
    return collection(shapes)


def search_identities(organization: Organization, request: Request) -> Answer:
    """GET identities by `searchFilter` and `filterValue`, or by `identityIds`."""
    ids = {identifier.lower() for identifier in request.query.several("identityIds")}
    people = organization.people.values()
    if ids:
        return collection([_identity(organization, p) for p in people if p.id in ids])
    kind = (request.query.text("searchFilter") or "").lower()
    value = (request.query.text("filterValue") or "").casefold()
    if kind not in {"general", "mailaddress", "displayname"} or not value:
        raise bad_argument("searchFilter and filterValue are required.")
    found = [p for p in people if value == p.email.casefold()]
    if kind != "mailaddress":
        found = [p for p in people if value in p.name.casefold() or value == p.email.casefold()]
    return collection([_identity(organization, person) for person in found])


def get_avatar(organization: Organization, request: Request) -> Answer:
    """GET GraphProfile/MemberAvatars/{descriptor}: a picture in one colour."""
    descriptor = request.values["descriptor"]
    for person in organization.people.values():
        if person.descriptor == descriptor:
            return Answer(200, _picture(person), "image/png")
    raise RefusedError(404, "GraphSubjectNotFoundException", "The subject was not found.")


def _identity(organization: Organization, person: Person) -> Json:
    tenant = organization.tenant_id
    return {
        "id": person.id,
        "descriptor": f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{tenant}\\{person.email}",
        "subjectDescriptor": person.descriptor,
        "providerDisplayName": person.name,
        "isActive": True,
        "members": [],
        "memberOf": [],
        "memberIds": [],
        "properties": {
            name: {"$type": "System.String", "$value": value}
            for name, value in (
                ("SchemaClassName", "User"),
                ("Account", person.email),
                ("Mail", person.email),
                ("Domain", tenant),
            )
        },
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


def _picture(person: Person) -> bytes:
    """Return a small PNG whose colour is the person's own."""
    colour = bytes.fromhex(person.id.replace("-", "")[:6])
    rows = (b"\0" + colour * _PICTURE_SIDE) * _PICTURE_SIDE
    header = struct.pack(">IIBBBBB", _PICTURE_SIDE, _PICTURE_SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
