"""A Kubernetes API server without nodes, from the binaries in KUBEBUILDER_ASSETS (envtest's convention).

There is no scheduler and no controller: objects are stored, defaulted and validated, and nothing runs.
"""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.rendered import program

ASSETS = Path(os.environ.get("KUBEBUILDER_ASSETS", "/nowhere"))
TOKEN, START = "admin-of-the-tests", 60.0

needs_api_server = pytest.mark.skipif(
    not all((ASSETS / name).exists() for name in ("etcd", "kube-apiserver")) or program("kubectl") is None,
    reason="KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver, or there is no kubectl",
)


class Cluster:
    """An API server, and the programs that speak to it."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig

    def run(self, name: str, *arguments: str, given: str = "") -> str:
        """What helm or kubectl says; a failure fails the test with its words."""
        done = subprocess.run(
            [program(name) or name, "--kubeconfig", str(self.kubeconfig), *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "HELM_DRIVER": "secret"},
        )
        assert done.returncode == 0, f"{name} {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def apply(self, *objects: dict[str, Any]) -> None:
        """Create objects; the server refuses unknown and repeated fields."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.run("kubectl", "create", "--validate=strict", "-f", "-", given=text)

    def established(self, **definitions: str) -> None:
        """Wait until the custom resources of these kinds are served, each by its definition's name."""
        for kind, name in definitions.items():
            # The first has to be there before kubectl can read the second.
            for said in (f"jsonpath={{.status.acceptedNames.kind}}={kind}", "condition=Established"):
                self.run("kubectl", "wait", f"--for={said}", f"crd/{name}", "--timeout=30s")

    def get(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """The objects of a kind in all namespaces."""
        found = json.loads(self.run("kubectl", "get", kind, "-A", "-o", "json", *arguments))
        items: list[dict[str, Any]] = found["items"]
        return items


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """etcd and the API server on loopback, with all their files in a folder."""
    store, peer, secure = _ports(3)
    at = f"http://127.0.0.1:{store}"
    etcd = [
        *(str(ASSETS / "etcd"), "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync"),
        *("--listen-client-urls", at, "--advertise-client-urls", at),
        *("--listen-peer-urls", f"http://127.0.0.1:{peer}", "--log-level", "error"),
    ]
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signer = folder / "signer.pem"
    signer.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    (folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n', encoding="utf-8")
    server = [
        *(str(ASSETS / "kube-apiserver"), f"--etcd-servers={at}", f"--cert-dir={folder / 'certificates'}"),
        *("--bind-address=127.0.0.1", f"--secure-port={secure}", "--service-cluster-ip-range=10.0.0.0/24"),
        *("--authorization-mode=RBAC", f"--token-auth-file={folder / 'tokens.csv'}"),
        *(f"--service-account-key-file={signer}", f"--service-account-signing-key-file={signer}"),
        # Without controllers no namespace gets its default service account.
        *("--service-account-issuer=https://tests", "--disable-admission-plugins=ServiceAccount"),
        # EFA drivers are privileged; EKS allows that too.
        "--allow-privileged",
    ]
    with (folder / "log.txt").open("wb") as log:
        started = [subprocess.Popen(each, stdout=log, stderr=log) for each in (etcd, server)]
        try:
            _wait(secure, started, folder / "log.txt")
            yield Cluster(_kubeconfig(folder, secure))
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait()


def _ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _wait(port: int, started: list[subprocess.Popen[bytes]], log: Path) -> None:
    import ssl

    unchecked = ssl._create_unverified_context()
    asked = urllib.request.Request(
        f"https://127.0.0.1:{port}/readyz", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    end = time.monotonic() + START
    while time.monotonic() < end:
        ended = [one.args for one in started if one.poll() is not None]
        assert not ended, f"{ended}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
        try:
            with urllib.request.urlopen(asked, context=unchecked, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no API server after {START} s: {log.read_text(encoding='utf-8')[-2000:]}")


def _kubeconfig(folder: Path, port: int) -> Path:
    place = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": place}],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
        "current-context": "tests",
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path
