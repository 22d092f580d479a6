from __future__ import annotations

import pytest

from shared.git_hosts.git.addresses import read_clone_address
from shared.git_hosts.git.pages import Pages, pages_of
from shared.model import PageAddresses

GITHUB = "https://github.com/acme/shop"
GITLAB = "https://gitlab.example.org/acme/back/shop"
BITBUCKET = "https://bitbucket.org/acme/shop"
BITBUCKET_SERVER = "https://git.example.org/projects/SHOP/repos/cart"
CONSOLE = "https://eu-west-1.console.aws.amazon.com/codesuite/codecommit/repositories/shop"
REVIEW = "https://review.example.org/plugins/gitiles/web/shop"

ON_GITHUB = Pages(GITHUB, PageAddresses(f"{GITHUB}/commit/{{}}", f"{GITHUB}/tree/{{}}"))
ON_GITLAB = Pages(GITLAB, PageAddresses(f"{GITLAB}/-/commit/{{}}", f"{GITLAB}/-/tree/{{}}"))
ON_BITBUCKET = Pages(
    BITBUCKET, PageAddresses(f"{BITBUCKET}/commits/{{}}", f"{BITBUCKET}/branch/{{}}")
)
ON_BITBUCKET_SERVER = Pages(
    BITBUCKET_SERVER,
    PageAddresses(
        f"{BITBUCKET_SERVER}/commits/{{}}", f"{BITBUCKET_SERVER}/browse?at=refs%2Fheads%2F{{}}"
    ),
)
ON_CODE_COMMIT = Pages(
    f"{CONSOLE}/browse?region=eu-west-1",
    PageAddresses(
        f"{CONSOLE}/commit/{{}}?region=eu-west-1",
        f"{CONSOLE}/browse/refs/heads/{{}}?region=eu-west-1",
    ),
)


@pytest.mark.parametrize(
    ("url", "pages"),
    [
        (f"{GITHUB}.git", ON_GITHUB),
        ("git@github.com:acme/shop.git", ON_GITHUB),
        ("ssh://git@ssh.github.com:443/acme/shop.git", ON_GITHUB),
        ("ssh://git@gitlab.example.org:2222/acme/back/shop.git", ON_GITLAB),
        (f"{GITLAB}.git", ON_GITLAB),
        (f"{BITBUCKET}.git", ON_BITBUCKET),
        ("git@bitbucket.org:acme/shop.git", ON_BITBUCKET),
        ("https://git.example.org/scm/SHOP/cart.git", ON_BITBUCKET_SERVER),
        ("ssh://git@git.example.org:7999/SHOP/cart.git", ON_BITBUCKET_SERVER),
        ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop", ON_CODE_COMMIT),
        ("ssh://KEY@git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop", ON_CODE_COMMIT),
        ("ssh://me@review.example.org:29418/web/shop",
         Pages(REVIEW, PageAddresses(f"{REVIEW}/+/{{}}"))),
        ("https://gerrit.example.org/a/web/shop",
         Pages("https://gerrit.example.org/plugins/gitiles/web/shop",
               PageAddresses("https://gerrit.example.org/plugins/gitiles/web/shop/+/{}"))),
        ("https://android.googlesource.com/tools/repo",
         Pages("https://android.googlesource.com/tools/repo",
               PageAddresses("https://android.googlesource.com/tools/repo/+/{}"))),
        ("https://github.example.org:8443/acme/shop",
         Pages("https://github.example.org:8443/acme/shop",
               PageAddresses("https://github.example.org:8443/acme/shop/commit/{}",
                             "https://github.example.org:8443/acme/shop/tree/{}"))),
        ("https://acme.ghe.com/acme/shop",
         Pages("https://acme.ghe.com/acme/shop",
               PageAddresses("https://acme.ghe.com/acme/shop/commit/{}",
                             "https://acme.ghe.com/acme/shop/tree/{}"))),
        ("https://codeberg.org/acme/shop.git",
         Pages("https://codeberg.org/acme/shop",
               PageAddresses("https://codeberg.org/acme/shop/commit/{}",
                             "https://codeberg.org/acme/shop/src/branch/{}"))),
        ("https://git.example.org/acme/shop.git", Pages("https://git.example.org/acme/shop.git")),
        ("https://notgithub.com/acme/shop", Pages("https://notgithub.com/acme/shop")),
        ("ssh://git@git.example.org:7999/cart.git",
         Pages("ssh://git@git.example.org:7999/cart.git")),
        ("git@git.example.org:shop.git", Pages("git@git.example.org:shop.git")),
    ],
)  # fmt: skip
def test_pages_of_well_known_git_hosts_are_known(url: str, pages: Pages) -> None:
    assert pages_of(read_clone_address(url)) == pages


def test_personal_repository_of_a_bitbucket_server_lies_with_its_owner() -> None:
    address = read_clone_address("https://git.example.org/stash/scm/~somebody/cart.git")

    url = "https://git.example.org/stash/users/somebody/repos/cart"
    assert pages_of(address).repository == url
