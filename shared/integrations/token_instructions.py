"""Where and how a credential is made at each git host, in the words that its own pages use."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from shared.model import GitHostKind

_COPY: Final = "Copy it now: it is shown once."
_SERVICE_ACCOUNT: Final = (
    "Make it while signed in as a service account: what a person made ends when they leave."
)


class TokenPage(Struct, frozen=True):
    """How a credential is made at one git host."""

    id: str
    name: str
    git_host: GitHostKind
    """Which kind of integration it is connected as."""
    address: str
    """The page where it is made, with what differs in braces; empty where there is no such one."""
    steps: tuple[str, ...]
    reading: tuple[str, ...]
    """Scopes or permissions that let everything be indexed and shown."""
    writing: tuple[str, ...]
    """Those that let branches and pull requests be created as well."""
    notes: tuple[str, ...] = ()
    help_url: str = ""
    """The git host's own documentation."""


_AZURE_READING: Final = (
    "Code: Read",
    "Project and Team: Read",
    "Work Items: Read, to show their titles and what is attached to them",
)
_AZURE_WRITING: Final = (
    "Code: Read & write",
    "Project and Team: Read",
    "Work Items: Read",
    "Identity: Read, to choose reviewers",
)
_AZURE_STEPS: Final = (
    "Open User settings, beside your picture, and select Personal access tokens.",
    "Select New Token and give it a name: Devlinks.",
    "Select this organization, and the day on which the token expires: at most a year ahead.",
    "Select Custom defined, then Show all scopes, and tick the scopes below.",
    "Select Create, and copy the token.",
)
_AZURE_NOTES: Final = (
    _COPY,
    (
        "Tell Devlinks the day on which it expires: it cannot be read from the token, and you are "
        "reminded two weeks before."
    ),
    (
        "All accessible organizations is not needed. Tokens for all of them stop working on "
        "1 December 2026: make one for each organization."
    ),
    (
        "Service hooks need no scope, but a project administrator: as another user, set them up by "
        "hand, with the values that the integration's webhook page shows."
    ),
    _SERVICE_ACCOUNT,
)
_AZURE_HELP: Final = (
    "https://learn.microsoft.com/azure/devops/organizations/accounts/"
    "use-personal-access-tokens-to-authenticate"
)
_SERVER_NOTES: Final = (
    _COPY,
    (
        "With IIS Basic Authentication on for the server's site no token works: connect with "
        "a user name and its password instead."
    ),
    _SERVICE_ACCOUNT,
)

TOKEN_PAGES: Final[tuple[TokenPage, ...]] = (
    TokenPage(
        id="azure_devops",
        name="Azure DevOps Services",
        git_host="azure_devops",
        address="https://dev.azure.com/{organization}/_usersSettings/tokens",
        steps=_AZURE_STEPS,
        reading=_AZURE_READING,
        writing=_AZURE_WRITING,
        notes=_AZURE_NOTES,
        help_url=_AZURE_HELP,
    ),
    TokenPage(
        id="vsts",
        name="Visual Studio Team Services (visualstudio.com)",
        git_host="azure_devops",
        address="https://dev.azure.com/{organization}/_usersSettings/tokens",
        steps=_AZURE_STEPS,
        reading=_AZURE_READING,
        writing=_AZURE_WRITING,
        notes=(
            (
                "https://{organization}.visualstudio.com is the older address of the same "
                "organization: either may be typed."
            ),
            *_AZURE_NOTES,
        ),
        help_url=_AZURE_HELP,
    ),
    TokenPage(
        id="azure_devops_server",
        name="Azure DevOps Server 2019 and later",
        git_host="azure_devops_server",
        address="{collection}/_usersSettings/tokens",
        steps=(
            "Open User settings, beside your picture, and select Personal access tokens.",
            "Select New Token, give it a name, and the day on which it expires.",
            "Select Custom defined, and tick the scopes below.",
            "Select Create, and copy the token.",
        ),
        reading=_AZURE_READING,
        writing=_AZURE_WRITING,
        notes=(
            (
                "The address is the collection's: https://server/DefaultCollection, or "
                "https://server/tfs/DefaultCollection."
            ),
            *_SERVER_NOTES,
        ),
        help_url=_AZURE_HELP,
    ),
    TokenPage(
        id="tfs",
        name="Team Foundation Server 2017 and 2018",
        git_host="azure_devops_server",
        address="{collection}/_details/security/tokens",
        steps=(
            "Open your profile, and select Security.",
            "Select Personal access tokens, then Add.",
            "Give it a description, and the time after which it expires.",
            "Choose Selected scopes, and tick the scopes below.",
            "Select Create Token, and copy it.",
        ),
        reading=("Code (read)", "Project and team (read)", "Work items (read)"),
        writing=("Code (read and write)", "Project and team (read)", "Work items (read)"),
        notes=_SERVER_NOTES,
        help_url=_AZURE_HELP,
    ),
    TokenPage(
        id="github",
        name="GitHub",
        git_host="git",
        address="https://github.com/settings/personal-access-tokens/new",
        steps=(
            "Open Settings, then Developer settings, Personal access tokens, Fine-grained tokens.",
            "Select Generate new token; give it a name, an expiration and a resource owner.",
            "Under Repository access choose Only select repositories, and the repository.",
            "Under Permissions set what is below.",
            "Select Generate token, and copy it.",
        ),
        reading=("Contents: Read-only", "or, with a classic token: repo"),
        writing=(
            "Contents: Read and write",
            "Pull requests: Read and write",
            "or, with a classic token: repo",
        ),
        notes=(
            _COPY,
            "An organization may have to approve the token before it works.",
            _SERVICE_ACCOUNT,
        ),
        help_url="https://docs.github.com/authentication/keeping-your-account-and-data-secure/"
        "managing-your-personal-access-tokens",
    ),
    TokenPage(
        id="github_enterprise",
        name="GitHub Enterprise Server",
        git_host="git",
        address="https://{server}/settings/tokens",
        steps=(
            "Open Settings, then Developer settings, Personal access tokens.",
            "Select Generate new token; give it a name and an expiration.",
            "Tick the scope below, select Generate token, and copy it.",
        ),
        reading=("repo",),
        writing=("repo",),
        notes=(_COPY, _SERVICE_ACCOUNT),
        help_url="https://docs.github.com/enterprise-server/authentication/"
        "keeping-your-account-and-data-secure/managing-your-personal-access-tokens",
    ),
    TokenPage(
        id="gitlab",
        name="GitLab",
        git_host="git",
        address="https://{server}/-/user_settings/personal_access_tokens",
        steps=(
            "Select your avatar, then Edit profile, Access, Personal access tokens.",
            "Add a new token; give it a name and an expiration date.",
            "Tick the scopes below, and create it.",
            "Copy the token.",
        ),
        reading=("read_repository",),
        writing=("api",),
        notes=(
            _COPY,
            "A project access token is good for one project alone, and belongs to nobody.",
        ),
        help_url="https://docs.gitlab.com/user/profile/personal_access_tokens/",
    ),
    TokenPage(
        id="bitbucket",
        name="Bitbucket Cloud",
        git_host="git",
        address="",
        steps=(
            "Open the repository, then Repository settings, and under Security Access tokens.",
            "Select Create Repository Access Token, and give it a name.",
            "Tick the permissions below, select Create, and copy the token.",
        ),
        reading=("Repositories: Read",),
        writing=("Repositories: Write", "Pull requests: Write"),
        notes=(_COPY, "It is good for this repository alone, and belongs to nobody."),
        help_url="https://support.atlassian.com/bitbucket-cloud/docs/"
        "create-a-repository-access-token/",
    ),
    TokenPage(
        id="codecommit",
        name="AWS CodeCommit",
        git_host="git",
        address="https://console.aws.amazon.com/iam/",
        steps=(
            "Open the IAM console, then Users, and the user that is to read the repository.",
            "Open the tab Security credentials.",
            "Under HTTPS Git credentials for AWS CodeCommit select Generate credentials.",
            "Copy the user name and the password: they are connected as user name and password.",
        ),
        reading=("codecommit:GitPull",),
        writing=("codecommit:GitPush", "codecommit:CreateBranch", "codecommit:CreatePullRequest"),
        notes=(
            _COPY,
            (
                "A user can have two such credentials at a time: make one for Devlinks, and share "
                "it with nothing else."
            ),
        ),
        help_url="https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-gc.html",
    ),
    TokenPage(
        id="git",
        name="Any other git server",
        git_host="git",
        address="",
        steps=(
            (
                "By HTTPS: make a user or a token that may read the repository, and give it with "
                "the repository's clone address."
            ),
            (
                "By SSH: connect ssh://git@server/path. Devlinks makes a pair of keys, and "
                "shows the public half."
            ),
            "Add that public key to the repository's deploy keys, to read only.",
        ),
        reading=("to clone and fetch the repository",),
        writing=("not offered: branches and pull requests are created in Azure DevOps alone",),
        notes=("A public repository needs neither: choose the kind none.",),
        help_url="https://git-scm.com/book/en/v2/Git-on-the-Server-The-Protocols",
    ),
)
"""Facts are those of each `help_url`."""
