"""What a node reads at boot about the cluster that it is to join.

Forms: nodeadm's NodeConfig, alone or as a part of a MIME archive (nodeadm, "NodeConfig API"; EKS User Guide,
"Customize managed nodes with launch templates"), and Bottlerocket's TOML ("settings.kubernetes" in its
settings reference). Read from their documents, with the standard library's parsers; NodeConfigs in YAML as
well as JSON.
"""

import base64
import binascii
import tomllib
from dataclasses import dataclass
from email import message_from_string
from typing import Any

import yaml

from sandbox.core.values import known, known_items

WORDS = ("labels", "taints")
NODE_CONFIG = "application/node.eks.aws"


@dataclass(frozen=True)
class Told:
    """What the node is told; None for what is not there."""

    name: str | None
    endpoint: str | None
    certificate: str | None
    cidr: str | None
    wants_cidr: bool
    """nodeadm needs the service range, Bottlerocket does not."""
    labels: dict[str, str]
    taints: list[dict[str, str]]
    """`key`, `value` and `effect` in Kubernetes's words."""


def told(encoded: str | None) -> Told | None:
    """The cluster as the user data tells it; None where it is in no form that is known here."""
    try:
        text = base64.b64decode(encoded or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    if "[settings" in text and "MIME-Version" not in text:
        return _bottlerocket(text)
    for part in _parts(text):
        try:
            found = yaml.safe_load(part)
        except yaml.YAMLError:
            continue
        if isinstance(found, dict) and found.get("kind") == "NodeConfig":
            return _nodeadm(found)
    return None


def joins_by_itself(encoded: str | None) -> bool:
    """Whether an image of one's own is only prepared, by cloud-init; what is inside it nobody sees."""
    try:
        return base64.b64decode(encoded or "", validate=True).startswith(b"#cloud-config\n")
    except binascii.Error:
        return False


def _parts(text: str) -> list[str]:
    message = message_from_string(text)
    if not message.is_multipart():
        return [text]
    inside = [part for part in message.walk() if part.get_content_type() == NODE_CONFIG]
    return [str(part.get_payload()) for part in inside]


def _nodeadm(config: dict[str, Any]) -> Told:
    keys = ("name", "apiServerEndpoint", "certificateAuthority", "cidr")
    name, endpoint, certificate, cidr = (_text(known(config, "spec", "cluster", key)) for key in keys)
    kubelet = known(config, "spec", "kubelet")
    flag = "--node-labels="
    given = [one.removeprefix(flag) for one in known_items(kubelet, "flags") if str(one).startswith(flag)]
    labels = dict(one.partition("=")[::2] for text in given for one in text.split(",") if one)
    taints = [one for one in known_items(kubelet, "config", "registerWithTaints") if isinstance(one, dict)]
    return Told(name, endpoint, certificate, cidr, wants_cidr=True, labels=labels, taints=taints)


def _bottlerocket(text: str) -> Told | None:
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    keys = ("cluster-name", "api-server", "cluster-certificate")
    name, endpoint, certificate = (_text(known(settings, "settings", "kubernetes", key)) for key in keys)
    labels, taints = (known(settings, "settings", "kubernetes", f"node-{word}") or {} for word in WORDS)
    # `key = ["value:effect", ...]`, or one text.
    found = [
        {"key": key, "value": value, "effect": effect}
        for key, texts in taints.items()
        for text in ([texts] if isinstance(texts, str) else texts)
        for value, _, effect in (text.partition(":"),)
    ]
    return Told(name, endpoint, certificate, None, wants_cidr=False, labels=labels, taints=found)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
