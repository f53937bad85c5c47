"""Certificates for TLS on one's own machine."""

from __future__ import annotations

import os
from pathlib import Path


def make_certificates(folder: Path, host: str) -> None:
    """Make a certificate authority (`ca.pem`), and by it this server's own (`server.pem`, `server.key`).

    The authority's key is never written: nobody can make a second certificate, so trusting ca.pem is
    harmless. Both are new at each start; a server that is to keep its identity stands behind a proxy.
    """
    import trustme  # takes 0.1 s, and few starts need it

    authority = trustme.CA()
    ours = authority.issue_cert(*dict.fromkeys(("127.0.0.1", "localhost", "::1", host)))
    folder.mkdir(mode=0o700, exist_ok=True)
    _write(folder / "ca.pem", authority.cert_pem.bytes())
    _write(folder / "server.pem", b"".join(part.bytes() for part in ours.cert_chain_pems))
    _write(folder / "server.key", ours.private_key_pem.bytes())


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
