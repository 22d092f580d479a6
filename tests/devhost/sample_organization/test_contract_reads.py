from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.devhost.sample_organization.specification import SPECS, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the specifications of the REST API are not at hand"
)


def repository(sample: SampleOrganization, name: str = "shop") -> str:
    return f"git/repositories/{sample.repository(name).id}"


def head(sample: SampleOrganization) -> str:
    return sample.head("shop", "main")


def annotated_tag(sample: SampleOrganization) -> str:
    one = sample.repository("shop")
    return str(sample.organization.git.head(one, "refs/tags/v1.0.0"))


# (method and template, area, definition, the call, whether the answer is a list)
Reader = tuple[str, str, str, "Callable[[SampleOrganization], tuple[str, dict[str, str]]]", bool]
READS: list[Reader] = [
    ("projects", "core", "TeamProjectReference", lambda _: ("projects", {}), True),
    (
        "projects/{projectId}",
        "core",
        "TeamProject",
        lambda _: ("projects/Web shop", {"includeCapabilities": "true"}),
        False,
    ),
    ("tfvc/branches", "tfvc", "TfvcBranch", lambda _: ("tfvc/branches", {"@": "Legacy"}), True),
    (
        "identities",
        "ims",
        "Identity",
        lambda _: ("identities", {"searchFilter": "General", "filterValue": "developer"}),
        True,
    ),
    ("git/repositories", "git", "GitRepository", lambda _: ("git/repositories", {}), True),
    (
        "git/repositories/{repositoryId}",
        "git",
        "GitRepository",
        lambda s: (repository(s, "shop-mobile"), {"includeParent": "true"}),
        False,
    ),
    (
        "git/repositories/{repositoryId}/forks/{collectionId}",
        "git",
        "GitRepositoryRef",
        lambda s: (f"{repository(s)}/forks/{s.organization.new_id('collection')}", {}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/refs",
        "git",
        "GitRef",
        lambda s: (f"{repository(s)}/refs", {"peelTags": "true", "includeStatuses": "true"}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/annotatedtags/{objectId}",
        "git",
        "GitAnnotatedTag",
        lambda s: (f"{repository(s)}/annotatedtags/{annotated_tag(s)}", {}),
        False,
    ),
    (
        "git/repositories/{repositoryId}/commits",
        "git",
        "GitCommitRef",
        lambda s: (
            f"{repository(s)}/commits",
            {"searchCriteria.includePushData": "true", "searchCriteria.includeWorkItems": "true"},
        ),
        True,
    ),
    (
        "git/repositories/{repositoryId}/commits/{commitId}",
        "git",
        "GitCommit",
        lambda s: (f"{repository(s)}/commits/{head(s)}", {"changeCount": "10"}),
        False,
    ),
    (
        "git/repositories/{repositoryId}/commits/{commitId}/changes",
        "git",
        "GitCommitChanges",
        lambda s: (f"{repository(s)}/commits/{head(s)}/changes", {}),
        False,
    ),
    (
        "git/repositories/{repositoryId}/commits/{commitId}/mergebases",
        "git",
        "GitCommitRef",
        lambda s: (
            f"{repository(s)}/commits/{head(s)}/mergebases",
            {"otherCommitId": s.head("shop", "release/1.0")},
        ),
        True,
    ),
    (
        "git/repositories/{repositoryId}/diffs/commits",
        "git",
        "GitCommitDiffs",
        lambda s: (
            f"{repository(s)}/diffs/commits",
            {"baseVersion": "release/1.0", "targetVersion": "main"},
        ),
        False,
    ),
    (
        "git/repositories/{repositoryId}/items",
        "git",
        "GitItem",
        lambda s: (f"{repository(s)}/items", {"recursionLevel": "full"}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/items/{*path}",
        "git",
        "GitItem",
        lambda s: (
            f"{repository(s)}/items/src/banner.txt",
            {"includeContent": "true", "includeContentMetadata": "true"},
        ),
        False,
    ),
    (
        "git/repositories/{repositoryId}/pushes",
        "git",
        "GitPush",
        lambda s: (f"{repository(s)}/pushes", {"searchCriteria.includeRefUpdates": "true"}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/pushes/{pushId}",
        "git",
        "GitPush",
        lambda s: (f"{repository(s)}/pushes/{last_push(s)}", {"includeCommits": "10"}),
        False,
    ),
    (
        "git/repositories/{repositoryId}/pushes/{pushId}/commits",
        "git",
        "GitCommitRef",
        lambda s: (f"{repository(s)}/pushes/{last_push(s)}/commits", {}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/stats/branches",
        "git",
        "GitBranchStats",
        lambda s: (f"{repository(s)}/stats/branches", {}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/stats/branches/{*name}",
        "git",
        "GitBranchStats",
        lambda s: (f"{repository(s)}/stats/branches/release/1.0", {}),
        False,
    ),
    (
        "git/pullrequests",
        "git",
        "GitPullRequest",
        lambda _: ("git/pullrequests", {"searchCriteria.status": "all", "@": "Web shop"}),
        True,
    ),
    (
        "git/pullrequests/{pullRequestId}",
        "git",
        "GitPullRequest",
        lambda _: ("git/pullrequests/1", {}),
        False,
    ),
    (
        "git/repositories/{repositoryId}/pullrequests",
        "git",
        "GitPullRequest",
        lambda s: (f"{repository(s)}/pullrequests", {"searchCriteria.status": "all"}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/pullrequests/{pullRequestId}",
        "git",
        "GitPullRequest",
        lambda s: (
            f"{repository(s)}/pullrequests/2",
            {"includeCommits": "true", "includeWorkItemRefs": "true"},
        ),
        False,
    ),
    (
        "git/repositories/{repositoryId}/pullrequests/{pullRequestId}/commits",
        "git",
        "GitCommitRef",
        lambda s: (f"{repository(s)}/pullrequests/2/commits", {}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/pullrequests/{pullRequestId}/workitems",
        "git",
        "ResourceRef",
        lambda s: (f"{repository(s)}/pullrequests/1/workitems", {}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/pullrequests/{pullRequestId}/reviewers",
        "git",
        "IdentityRefWithVote",
        lambda s: (f"{repository(s)}/pullrequests/1/reviewers", {}),
        True,
    ),
    (
        "git/repositories/{repositoryId}/pullrequests/{pullRequestId}/reviewers/{reviewerId}",
        "git",
        "IdentityRefWithVote",
        lambda s: (f"{repository(s)}/pullrequests/1/reviewers/{s.person('Team lead').id}", {}),
        False,
    ),
    (
        "wit/workitems",
        "wit",
        "WorkItem",
        lambda _: ("wit/workitems", {"ids": "1,2,99", "errorPolicy": "omit"}),
        True,
    ),
    ("wit/workitems/{id}", "wit", "WorkItem", lambda _: ("wit/workitems/1", {}), False),
    (
        "git/repositories/{repositoryId}/blobs/{sha1}",
        "git",
        "GitBlobRef",
        lambda s: (f"{repository(s)}/blobs/{blob(s)}", {}),
        False,
    ),
]


def last_push(sample: SampleOrganization) -> int:
    return sample.organization.journal.of(sample.repository("shop").id)[-1].id


def blob(sample: SampleOrganization) -> str:
    one = sample.repository("shop")
    tree = sample.organization.git.commit(one, head(sample)).tree
    return str(tree["src/banner.txt"].id)


@pytest.mark.parametrize(
    ("area", "definition", "call", "is_list"),
    [row[1:] for row in READS],
    ids=[row[0] for row in READS],
)
def test_what_is_read_is_as_the_specification_says(
    stories: Api, area: str, definition: str, call: Callable[..., Any], *, is_list: bool
) -> None:
    route, query = call(stories.sample)
    project = query.pop("@", "")

    answer = stories.get(route, project=project, **query)

    values = answer["value"] if is_list else [answer]
    assert values
    assert not is_list or answer["count"] == len(values)
    for value in values:
        check(area, definition, value)
