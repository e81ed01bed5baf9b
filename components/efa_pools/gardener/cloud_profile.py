"""A worker's machine type and image against the cloud profile: is there an AMI for it in the Region?

Sources: pkg/apis/aws/validation/worker.go (ValidateWorkersAgainstCloudProfileOn...),
pkg/apis/aws/helper/helper.go (FindImageInCloudProfile); gardener, extensions/pkg/controller/worker
(FindBestImageFlavor).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..problem import Problem
from .decode import Fault, read, shown
from .shapes import TEXT, Words
from .update import counterpart

ARCHITECTURE = "architecture"
_CAPABILITIES = Words([TEXT])
_MACHINE_TYPES = [{"name": TEXT, "capabilities": _CAPABILITIES}]
_DEFINITIONS = [{"name": TEXT, "values": [TEXT]}]
_REGION = {"name": TEXT, "ami": TEXT, ARCHITECTURE: TEXT}
_IMAGES: dict[str, Any] = {
    "apiVersion": TEXT,
    "kind": TEXT,
    "machineImages": [
        {
            "name": TEXT,
            "versions": [
                {
                    "version": TEXT,
                    "regions": [_REGION],
                    "capabilityFlavors": [{"regions": [_REGION], "capabilities": _CAPABILITIES}],
                }
            ],
        }
    ],
}
Capabilities = dict[str, list[str]]


class NoCloudProfile(Exception):
    """A document that is no CloudProfile; the text says why."""


class CloudProfile:
    """What of a CloudProfile decides on images."""

    def __init__(self, raw: Any) -> None:
        if not isinstance(raw, Mapping) or raw.get("kind") != "CloudProfile":
            raise NoCloudProfile("expected a CloudProfile (a mapping with kind: CloudProfile)")
        spec = raw.get("spec")
        if not isinstance(spec, Mapping):
            raise NoCloudProfile("spec: expected a mapping")
        faults: list[Fault] = []
        types = read(_MACHINE_TYPES, spec.get("machineTypes"), ("spec", "machineTypes"), faults) or []
        # What else a machine type has, its cores and its prices, decides on no image.
        faults = [one for one in faults if not one.unknown]
        config = read(_IMAGES, spec.get("providerConfig"), ("spec", "providerConfig"), faults) or {}
        stated = spec.get("machineCapabilities")
        definitions = read(_DEFINITIONS, stated, ("spec", "machineCapabilities"), faults)
        if faults:
            raise NoCloudProfile(faults[0].text())
        self.machine_types: dict[str, Capabilities | None] = {}
        for one in types:
            self.machine_types.setdefault(one.get("name", ""), one.get("capabilities"))
        self.images = config.get("machineImages", [])
        self.definitions = [(one.get("name", ""), one.get("values", [])) for one in definitions or []] or [
            (ARCHITECTURE, ["amd64", "arm64"])
        ]

    def has_image(self, name: str, version: str, region: str, machine: Capabilities) -> bool:
        """Whether exactly one best flavour of the image fits the machine."""
        for image in self.images:
            if image.get("name", "") != name:
                continue
            versions = [one for one in image.get("versions", []) if one.get("version", "") == version]
            flavours = [flavour for one in versions for flavour in _flavours(one, region)]
            if flavours:
                return self._best(flavours, machine)
        return False

    def _best(self, flavours: Sequence[Capabilities], machine: Capabilities) -> bool:
        full = [{key: one.get(key, values) for key, values in self.definitions} for one in flavours]
        left = [
            one
            for one in full
            if all(set(one[key]) & set(machine.get(key, values)) for key, values in self.definitions)
        ]
        for key, values in self.definitions:
            for value in values:
                preferred = [one for one in left if value in one[key]]
                left = preferred or left
                if len(left) == 1:
                    return True
        return len(left) == 1


def _flavours(version: Mapping[str, Any], region: str) -> Iterator[Capabilities]:
    """The flavours that a version has in a Region; the old form has one for each architecture."""
    regions = version.get("regions", [])
    flavours = version.get("capabilityFlavors", [])
    if regions and not flavours:
        for found in {
            one.get(ARCHITECTURE, "amd64"): None for one in regions if one.get("name", "") == region
        }:
            yield {ARCHITECTURE: [found]}
        return
    for flavour in flavours:
        if any(one.get("name", "") == region for one in flavour.get("regions", [])):
            yield flavour.get("capabilities", {})


def profile_problems(
    profile: CloudProfile,
    region: str,
    old: Sequence[Mapping[str, Any]] | None,
    new: Sequence[Mapping[str, Any]],
) -> Iterator[Problem]:
    """Machine types and images of new workers, and of workers that name an image.

    Gardener means to pass over unchanged images, but compares the two by their place in memory, so every
    image that is named is looked up again.
    """
    for index, worker in enumerate(new):
        machine = worker.get("machine", {})
        image = machine.get("image")
        if old is not None and image is None:
            before = counterpart(old, worker)
            if before and before.get("name") and before.get("machine", {}).get("image") is None:
                continue
        kind = machine.get("type", "")
        if kind not in profile.machine_types:
            message = f"{shown(kind)}: expected a machine type of the cloud profile"
            yield Problem((index, "machine", "type"), "Invalid", message)
            continue
        fitting = _machine(profile, kind, machine.get(ARCHITECTURE, "amd64"))
        if image is None:
            continue
        name, version = image.get("name", ""), image.get("version", "")
        if not profile.has_image(name, version, region, fitting):
            message = (
                f"{name} {version}: expected an image with one AMI for {kind} in {region or 'no Region'}"
            )
            yield Problem((index, "machine", "image"), "Invalid", message)


def _machine(profile: CloudProfile, kind: str, architecture: str) -> Capabilities:
    """The machine's capabilities, with an architecture in any case."""
    known = profile.machine_types[kind]
    defined = dict(profile.definitions).get(ARCHITECTURE, [])
    stated = defined[0] if len(defined) == 1 else architecture
    if known is None:
        return {ARCHITECTURE: [stated]}
    # Gardener writes the architecture into the profile, where later workers of the type find it.
    known.setdefault(ARCHITECTURE, [stated])
    return known
