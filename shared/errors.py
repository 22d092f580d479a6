"""What can go wrong, arranged by who can put it right.

::

    DevlinksError
    ├── SenderError              whoever sent the request
    │   ├── BadIssueKeyError
    │   ├── BadRequestError
    │   ├── NotSignedInError
    │   ├── SignInRefusedError
    │   ├── ForeignSignInError
    │   ├── CrossSiteError
    │   ├── ScopeMissingError
    │   ├── OutOfScopeError
    │   ├── UnknownThingError
    │   ├── ConflictError
    │   ├── CursorExpiredError
    │   ├── HooksOnlyError
    │   └── WouldDisconnectError
    ├── GitHostError             the git host, or the way to it
    │   ├── ThrottledError           passes at `retry_at`
    │   ├── UnavailableError         passes
    │   │   └── IdentityServerUnavailableError
    │   ├── RefusedError             the git host will not do what we asked
    │   └── MalformedAnswerError     the git host said what we cannot read
    ├── AdminError               an admin of the integration
    │   ├── SignedOutError
    │   ├── ForbiddenError
    │   ├── MissingError
    │   ├── WrongTenantError
    │   ├── NotAddedError
    │   ├── LicenceMissingError
    │   ├── NoRepositoriesError
    │   └── HostKeyChangedError
    ├── OperatorError            whoever runs the installation
    │   ├── SettingsError
    │   ├── NewerSchemaError
    │   ├── StorageUnavailableError
    │   ├── KeysUnavailableError
    │   ├── SecretUnreadableError
    │   ├── SignInNotSetUpError
    │   └── IdentityClientRefusedError
    └── ChangedError             nobody: another worker was first, read again
        ├── LeaseLostError
        └── StoppedError             an admin removed or paused the integration

Each carries a stable `code`, which is part of the HTTP contract, and a `next_step`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class DevlinksError(Exception):
    """Anything that Devlinks reports by itself; its text is one sentence for a person."""

    code: ClassVar[str] = "internal"
    next_step: str = ""
    """What the person who can put it right should do now, as a sentence."""

    def __init__(self, text: str, *, next_step: str = "") -> None:
        super().__init__(text)
        if next_step:
            self.next_step = next_step


class SenderError(DevlinksError):
    """The request cannot be answered as it was sent."""

    code = "bad_request"


class BadIssueKeyError(SenderError):
    """The text is not an issue key in any grammar."""

    code = "bad_issue_key"
    next_step = "Write the key as the tracker shows it: PAY-142, AB#17 or #17."


class BadRequestError(SenderError):
    """A body, a query parameter or an id is not as the contract says."""

    code = "bad_request"

    def __init__(
        self, text: str, *, fields: Mapping[str, str] | None = None, next_step: str = ""
    ) -> None:
        super().__init__(text, next_step=next_step)
        self.fields = dict(fields or {})
        """The field's name → what is wrong with it."""


class NotSignedInError(SenderError):
    """No token, or one that is unknown, revoked or expired: they all look the same."""

    code = "not_signed_in"
    next_step = "Send an API token in the header: Authorization: Bearer dvl_…"


class SignInRefusedError(SenderError):
    """A sign-in in the browser came to nothing: refused, out of time, or not begun here."""

    code = "sign_in_refused"
    next_step = "Begin again, in the same browser."


class ForeignSignInError(SenderError):
    """The identity server vouches for somebody of another tenant, or to another app."""

    code = "foreign_sign_in"
    next_step = "Sign in with an account of the tenant that Devlinks is registered in."


class CrossSiteError(SenderError):
    """A request that changes something was sent by another site, or by an old page."""

    code = "cross_site"
    next_step = "Load the page again, and repeat what you did."


class ScopeMissingError(SenderError):
    """The token or the role is good but does not allow this."""

    code = "scope_missing"


class OutOfScopeError(SenderError):
    """What is asked for lies outside the projects or integrations of the token."""

    code = "out_of_scope"


class UnknownThingError(SenderError):
    """There is no such tracker, integration, token…, or it is another tenant's."""

    code = "not_found"
    next_step = "Look it up in its list: what is not there was deleted, or is not yours to see."


class ConflictError(SenderError):
    """What is asked for is there already, or stands in the way."""

    code = "exists"


class CursorExpiredError(SenderError):
    """A cursor points further back than what is kept."""

    code = "cursor_expired"
    next_step = "Ask without a cursor, and read everything once more."


class HooksOnlyError(SenderError):
    """What is asked for would have to be read from a git host that is never called."""

    code = "hooks_only"
    next_step = (
        "Nothing can be read again: what service hooks tell from now on is indexed. Push what is "
        "missing once more, or have the ledger's deliveries replayed."
    )


class WouldDisconnectError(SenderError):
    """A change would disconnect many repositories, and was not confirmed with their count."""

    code = "would_disconnect"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"This would disconnect {count} repositories.",
            next_step=f'Repeat the change with "confirm_disconnect": {count} if that is meant.',
        )
        self.count = count


class GitHostError(DevlinksError):
    """The git host failed, or could not be reached; nothing that we keep is wrong."""

    code = "git_host_failed"


class ThrottledError(GitHostError):
    """The git host asks us to wait until `retry_at`."""

    code = "throttled"

    def __init__(self, text: str, *, retry_at: datetime, is_asked: bool = True) -> None:
        super().__init__(text, next_step="Nothing to do: indexing goes on by itself.")
        self.retry_at = retry_at
        self.is_asked = is_asked
        """False: it did not answer at all, which a busy service does before it asks."""


class UnavailableError(GitHostError):
    """No answer, a 5xx, or a page that is not from the API: it passes."""

    code = "git_host_unavailable"
    next_step = "Nothing to do if it passes; else look at the git host's status page."


class IdentityServerUnavailableError(UnavailableError):
    """The identity server gave no answer, a 5xx, or a page that is not from its API: it passes."""

    code = "identity_server_unavailable"
    next_step = "Nothing to do if it passes; else look at the identity server's status page."


class RefusedError(GitHostError):
    """The git host understood the request and will not carry it out."""

    code = "git_host_refused"
    next_step = "Report it with the text above: the git host may have changed its API."


class MalformedAnswerError(GitHostError):
    """The answer is JSON, but not of the shape that the specification gives."""

    code = "git_host_answer_malformed"
    next_step = "Report it with the text above: the git host may have changed its API."


class AdminError(DevlinksError):
    """The integration's settings or credential do not allow it."""

    code = "integration_needs_attention"


class SignedOutError(AdminError):
    """The git host does not accept the credential: wrong, expired or revoked."""

    code = "signed_out"
    next_step = "Make a new personal access token and replace the connection with it."


class ForbiddenError(AdminError):
    """The credential is good but may not do this."""

    code = "forbidden"
    next_step = "Give the token the scope Code (Read), and its owner access to the project."


class MissingError(AdminError):
    """The git host has no such organization, project, repository, branch or commit, or hides it."""

    code = "missing"
    next_step = "Check the name, and that the token's owner may see it."


class WrongTenantError(AdminError):
    """The organization belongs to another tenant than the credential, or to none."""

    code = "wrong_tenant"


class NotAddedError(AdminError):
    """The identity is good, and nobody has added it to the organization."""

    code = "not_added"


class LicenceMissingError(AdminError):
    """The identity is in the organization without a licence that shows repositories."""

    code = "licence_missing"


class NoRepositoriesError(AdminError):
    """The credential works, but shows no repository at all."""

    code = "no_repositories"
    next_step = "Give the token's owner access to a project that has a Git repository."


class HostKeyChangedError(AdminError):
    """The SSH server's key is not the one that was trusted: it may be somebody else's server."""

    code = "host_key_changed"
    next_step = (
        "Compare the fingerprint with the one that the git host publishes. If the server was given "
        "a new key, set connection.host_key to it; else somebody stands in between."
    )


class OperatorError(DevlinksError):
    """The installation itself is not in order."""

    code = "installation_needs_attention"


class SettingsError(OperatorError):
    """Settings are missing or wrong; every mistake is named at once."""

    code = "misconfigured"
    next_step = "Correct the settings named above and start again."

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = tuple(mistakes)


class NewerSchemaError(OperatorError):
    """What is kept was brought to a form by a newer Devlinks that this one does not know."""

    code = "newer_schema"
    next_step = "Deploy the newer version again, or restore what was kept before the upgrade."


class StorageUnavailableError(OperatorError):
    """The storage account did not answer, or refused us."""

    code = "storage_unavailable"
    next_step = "Check AzureWebJobsStorage and that the storage account can be reached."


class KeysUnavailableError(OperatorError):
    """The key vault did not answer, or refused us: nothing sealed can be opened now."""

    code = "keys_unavailable"
    next_step = "Check KEY_VAULT_KEY_URL, and that the app's identity may wrap and unwrap with it."


class SecretUnreadableError(OperatorError):
    """A stored secret cannot be opened: its key is missing, or the row was moved."""

    code = "secret_unreadable"
    next_step = "Restore the key ring that the secret was sealed with, or replace the connection."


class SignInNotSetUpError(OperatorError):
    """Nobody can sign in by an identity server, since the settings name none."""

    code = "sign_in_not_set_up"
    next_step = "Set ENTRA_TENANT_ID, ENTRA_CLIENT_ID and a credential, as the README says."


class IdentityClientRefusedError(OperatorError):
    """The identity server does not know our registration, or refuses its secret."""

    code = "identity_client_refused"
    next_step = (
        "Renew the client secret or certificate of the app registration, or set "
        "ENTRA_FEDERATED_IDENTITY_CLIENT_ID, which needs none. Connections stay as they are."
    )


class ChangedError(DevlinksError):
    """The row was changed since it was read, or is gone; read it again and decide anew."""

    code = "changed"


class LeaseLostError(ChangedError):
    """Another worker holds the lease now: stop, without writing anything more."""

    code = "lease_lost"


class StoppedError(ChangedError):
    """The integration was removed or paused while a job worked on it."""

    code = "stopped"
