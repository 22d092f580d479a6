from __future__ import annotations

import pytest

from shared.errors import BadRequestError
from shared.git_hosts.git.azure_devops_addresses import (
    Found,
    find_azure_devops,
    refuse_azure_devops,
)

SERVICES = "https://dev.azure.com"
ACME = f"{SERVICES}/acme"
SERVER = "https://tfs.example.com"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (ACME, Found("azure_devops", ACME)),
        (f"{ACME}/Web%20shop/_git/cart", Found("azure_devops", ACME, "Web shop", "cart")),
        (f"{ACME}/_git/cart", Found("azure_devops", ACME, "cart", "cart")),
        (f"{ACME}/Shop/_git", Found("azure_devops", ACME)),
        ("https://me@dev.azure.com/acme/Shop/_git/cart",
         Found("azure_devops", ACME, "Shop", "cart")),
        ("dev.azure.com/acme/Shop/_git/cart", Found("azure_devops", ACME, "Shop", "cart")),
        ("https://acme.visualstudio.com", Found("azure_devops", ACME)),
        ("https://acme.visualstudio.com/Shop/_git/cart",
         Found("azure_devops", ACME, "Shop", "cart")),
        ("https://ACME.VisualStudio.com/DefaultCollection/Shop/_git/cart",
         Found("azure_devops", ACME, "Shop", "cart")),
        ("https://acme.visualstudio.com/DefaultCollection/_git/cart",
         Found("azure_devops", ACME, "cart", "cart")),
        ("git@ssh.dev.azure.com:v3/acme/Web%20shop/cart",
         Found("azure_devops", ACME, "Web shop", "cart")),
        ("ssh://git@ssh.dev.azure.com:22/v3/acme/Shop/cart",
         Found("azure_devops", ACME, "Shop", "cart")),
        ("acme@vs-ssh.visualstudio.com:v3/acme/Shop/cart",
         Found("azure_devops", ACME, "Shop", "cart")),
        ("ssh://acme@vs-ssh.visualstudio.com:22/DefaultCollection/Shop/_ssh/cart",
         Found("azure_devops", ACME, "Shop", "cart")),
        ("https://devops.example.gov/acme/Shop/_git/cart",
         Found("azure_devops_server", "https://devops.example.gov/acme", "Shop", "cart")),
        (f"{SERVER}/tfs/Main/Shop/_git/cart",
         Found("azure_devops_server", f"{SERVER}/tfs/Main", "Shop", "cart")),
        (f"{SERVER}:8443/Main/Shop/_git/cart",
         Found("azure_devops_server", f"{SERVER}:8443/Main", "Shop", "cart")),
        (f"{SERVER}/tfs/Main/_git/cart",
         Found("azure_devops_server", f"{SERVER}/tfs/Main", "cart", "cart")),
        (f"{SERVER}/Main/_git/cart",
         Found("azure_devops_server", f"{SERVER}/Main", "cart", "cart")),
        ("http://tfs:8080/tfs/Main/Shop/_git/cart",
         Found("azure_devops_server", "http://tfs:8080/tfs/Main", "Shop", "cart")),
        ("ssh://tfs.example.com:22/tfs/Main/Shop/_ssh/cart",
         Found("azure_devops_server", f"{SERVER}/tfs/Main", "Shop", "cart")),
        ("https://github.com/acme/shop.git", None),
        ("https://evil.example/dev.azure.com/acme", None),
        ("https://visualstudio.com.evil.example/acme", None),
        ("git@github.com:acme/shop.git", None),
        ("https://[::1", None),
        ("", None),
        ("-x", None),
    ],
)  # fmt: skip
def test_azure_devops_is_recognised(url: str, found: Found | None) -> None:
    assert find_azure_devops(f" {url} ", services_url=SERVICES) == found


def test_a_cloud_of_its_own_is_recognised_by_the_address_of_the_services() -> None:
    url = "https://devops.example.gov/cloud/acme/Shop/_git/cart"

    found = find_azure_devops(url, services_url="https://devops.example.gov/cloud")

    organization = "https://devops.example.gov/cloud/acme"
    assert found == Found("azure_devops", organization, "Shop", "cart")


def test_azure_devops_is_offered_as_what_it_is() -> None:
    with pytest.raises(BadRequestError) as refused:
        refuse_azure_devops("https://me:hunter2@dev.azure.com/acme/Shop/_git/cart",
                            services_url=SERVICES)  # fmt: skip

    error = refused.value
    assert str(error) == "This is an address of Azure DevOps: the repository Shop/cart."
    assert error.fields == {"git_host": "it must be azure_devops", "url": f"it must be {ACME}"}
    assert '"git_host": "azure_devops"' in error.next_step
    assert f'"url": "{ACME}"' in error.next_step
    assert "select Shop/cart" in error.next_step
    assert "hunter2" not in f"{error} {error.fields} {error.next_step}"
