"""Has requests connect where an egress lets it, and to the very address that was checked.

The name stays the one that was asked for: in `Host`, in TLS and in the certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    import socket

    from shared.git_hosts.dialling import Egress


class PinnedAdapter(HTTPAdapter):
    """Sends requests over connections that an egress made."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        super().__init__(pool_connections=2, pool_maxsize=2)

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        """Have the egress make the connections."""
        super().init_poolmanager(*sizes, **more)
        self.poolmanager.pool_classes_by_scheme = _pools(self._egress)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Return what requests makes of it, with our certificates."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"cert_reqs": "CERT_REQUIRED", "ssl_context": self._egress.tls()}


def _pools(egress: Egress) -> dict[str, type[HTTPConnectionPool]]:
    class Open(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return egress.connect(self._dns_host, self.port, is_open=True)

    class Sealed(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return egress.connect(self._dns_host, self.port)

    class OpenPool(HTTPConnectionPool):
        ConnectionCls = Open

    class SealedPool(HTTPSConnectionPool):
        ConnectionCls = Sealed

    return {"http": OpenPool, "https": SealedPool}
