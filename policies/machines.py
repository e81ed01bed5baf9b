"""What is set on each machine: instance metadata and encryption."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from .known import UNKNOWN, at, listed, true
from .rule import Config, Resource, Rule
from .tokens import TEMPLATE, VOLUME


def metadata(template: Resource, _: Config) -> Iterator[str]:
    """IMDSv2, or no metadata service at all."""
    tokens = template.at("metadataOptions", "httpTokens")
    endpoint = template.at("metadataOptions", "httpEndpoint")
    if tokens in ("required", UNKNOWN) or endpoint in ("disabled", UNKNOWN):
        return
    yield (
        f"metadataOptions.httpTokens: {tokens!r}: expected required; with IMDSv1 a forged request from a pod "
        "hands out the node role's credentials"
    )


def require_tokens(props: MutableMapping[str, Any], _: str, __: Config) -> bool:
    """Asks for tokens and leaves every other metadata option as it is."""
    options = props.get("metadataOptions")
    if options is None:
        props["metadataOptions"] = {"httpTokens": "required"}
        return True
    if not isinstance(options, Mapping) or _settled(options):
        return False
    options["httpTokens"] = "required"  # type: ignore[index]
    return True


def _settled(options: Mapping[str, Any]) -> bool:
    return (
        options.get("httpTokens") not in (None, "", "optional") or options.get("httpEndpoint") == "disabled"
    )


def encryption(resource: Resource, _: Config) -> Iterator[str]:
    """Each EBS volume says that it is encrypted; an account's default may be off in the next account."""
    if resource.type == VOLUME:
        if not _encrypted(resource.props):
            yield f"encrypted: {resource.at('encrypted')!r}: {EXPECTED}"
        return
    for index, device in enumerate(listed(resource.at("blockDeviceMappings"))):
        ebs = at(device, "ebs")
        if isinstance(ebs, dict) and not _encrypted(ebs):
            path = f"blockDeviceMappings[{index}].ebs.encrypted"
            yield f"{path}: {ebs.get('encrypted')!r}: {EXPECTED}"


def _encrypted(volume: Mapping[str, Any]) -> bool:
    return volume.get("encrypted") is UNKNOWN or true(volume.get("encrypted"))


def encrypt(props: MutableMapping[str, Any], type: str, _: Config) -> bool:
    """Encrypts with the key that is stated, else with the account's own."""
    if type == VOLUME:
        return _turn_on(props, True)
    devices = props.get("blockDeviceMappings")
    # An unknown list is a string here.
    known = [] if devices is None or isinstance(devices, str) else [devices[i] for i in range(len(devices))]
    inside = [one.get("ebs") for one in known if isinstance(one, Mapping)]
    return any([_turn_on(ebs, "true") for ebs in inside if isinstance(ebs, Mapping)])


def _turn_on(volume: Any, value: Any) -> bool:
    if volume.get("encrypted") not in (None, False, "false", ""):
        return False
    volume["encrypted"] = value
    return True


EXPECTED = "expected true; checkpoints and data sets stay readable in the clear on disks and snapshots"
RULES = (
    Rule(
        "imdsv2",
        cause="instance metadata answers without a token",
        cost="a pod that can be tricked into one HTTP request gives away the node role",
        fix="set metadataOptions.httpTokens to required (and httpPutResponseHopLimit to 2 where pods use it)",
        severity="high",
        level="mandatory",
        types=(TEMPLATE,),
        one=metadata,
        mend=require_tokens,
    ),
    Rule(
        "encrypted-volumes",
        cause="a volume is not encrypted",
        cost="models and data lie in the clear on disks and in their snapshots",
        fix="set encrypted to true, with kmsKeyId for a key of your own",
        severity="high",
        level="mandatory",
        types=(TEMPLATE, VOLUME),
        one=encryption,
        mend=encrypt,
    ),
)
