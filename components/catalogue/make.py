"""Writes efa_pools/data/catalogue.json: every EFA-capable instance type and its network cards.

Sources: the EC2 DescribeInstanceTypes answers that moto ships, the instance type names of botocore's EC2
model, and `overlay.json` beside this file for what only AWS's documents give. Run it after raising moto or
botocore, with the new versions and the day stated in `overlay.json`:

    python components/catalogue/make.py            write the file
    python components/catalogue/make.py --check    exit 1 and name the differing lines instead
"""

import argparse
import difflib
import gzip
import importlib.metadata
import importlib.util
import json
import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "efa_pools" / "data" / "catalogue.json"

# "3200 Gigabit", "16x 200 Gigabit", "Up to 56.25 Gigabit"
PERFORMANCE = re.compile(r"(?P<up_to>Up to )?(?:(?P<times>\d+)x )?(?P<gbps>\d+(?:\.\d+)?) Gigabit")
SHOWN_LINES = 10
SHOWN_WIDTH = 160

Entry = dict[str, Any]


def package_folder(name: str) -> Path:
    """The folder of an installed package, found without importing it (moto takes seconds)."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{name} is not installed; it is a development dependency")
    return Path(spec.submodule_search_locations[0])


def moto_types() -> dict[str, Entry]:
    """EC2's description of each instance type that moto knows, by name."""
    packed = package_folder("moto") / "ec2" / "resources" / "instance_types.json.gz"
    types: dict[str, Entry] = json.loads(gzip.decompress(packed.read_bytes()))
    return types


def known_names() -> set[str]:
    """The instance type names of botocore's newest EC2 model."""
    packed = max((package_folder("botocore") / "data" / "ec2").glob("*/service-2.json.gz"))
    return set(json.loads(gzip.decompress(packed.read_bytes()))["shapes"]["InstanceType"]["enum"])


def folded(cards: list[Entry]) -> list[Entry]:
    """Network cards with runs of equal neighbours as one entry, both ends inclusive."""
    runs = []
    for (most, types), run in groupby(cards, lambda c: (c["MaximumNetworkInterfaces"], c["InterfaceTypes"])):
        indexes = [card["NetworkCardIndex"] for card in run]
        ends = {"from": indexes[0], "to": indexes[-1]}
        runs.append({**ends, "maximumInterfaces": most, "interfaceTypes": types})
    return runs


def bandwidth(performance: str) -> Entry:
    """The type's NetworkPerformance in Gbps. Never the cards' peaks: on p6-b200 they add up to half."""
    match = PERFORMANCE.fullmatch(performance)
    if match is None:
        raise SystemExit(f"NetworkPerformance {performance!r} is not understood")
    gbps = float(match["gbps"]) * int(match["times"] or 1)
    basis = "up-to" if match["up_to"] else "network-performance"
    return {"bandwidthGbps": int(gbps) if gbps.is_integer() else gbps, "bandwidthBasis": basis}


def accelerators(described: Entry) -> Entry:
    """The GPUs or Neuron devices, of which a type has one kind at most; device memory in MiB."""
    found: Entry = {}
    for gpu in described.get("GpuInfo", {}).get("Gpus", []):
        name = f"{gpu['Manufacturer']} {gpu['Name']}"
        found["gpus"] = {"name": name, "count": gpu["Count"], "memoryMib": gpu["MemoryInfo"]["SizeInMiB"]}
    # Neuron memory stays out: EC2 says 512 GiB for a Trainium2, the Neuron documentation 96.
    for device in described.get("NeuronInfo", {}).get("NeuronDevices", []):
        cores = device["CoreInfo"]["Count"]
        found["neuron"] = {"name": f"AWS {device['Name']}", "count": device["Count"], "coresPerDevice": cores}
    return found


def entry(described: Entry) -> Entry:
    """One instance type of the catalogue from EC2's description of it."""
    network = described["NetworkInfo"]
    return {
        "networkCards": folded(network["NetworkCards"]),
        "maximumEfaInterfaces": network["EfaInfo"]["MaximumEfaInterfaces"],
        **bandwidth(network["NetworkPerformance"]),
        "vcpus": described["VCpuInfo"]["DefaultVCpus"],
        "memoryMib": described["MemoryInfo"]["SizeInMiB"],
        "instanceStorageGb": described.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
        "ipv4PerInterface": network["Ipv4AddressesPerInterface"],
        **accelerators(described),
        "architectures": described["ProcessorInfo"]["SupportedArchitectures"],
        **({"bareMetal": True} if described["BareMetal"] else {}),
        "usageClasses": described["SupportedUsageClasses"],
        "placementStrategies": described["PlacementGroupInfo"]["SupportedStrategies"],
        "sources": ["moto"],
    }


def merged(overlay: Entry) -> dict[str, Entry]:
    """All types: the package's, amended and completed by the overlay."""
    types = {
        name: entry(described)
        for name, described in moto_types().items()
        if described.get("NetworkInfo", {}).get("EfaSupported")
    }
    for name, whole in overlay["whole"].items():
        if name in types:
            raise SystemExit(f"moto knows {name} now: take its whole entry out of overlay.json")
        types[name] = whole
    for name, amended in overlay["amended"].items():
        sources = types[name]["sources"] + amended["sources"]
        types[name] = {**types[name], **amended, "sources": sources}
    if unknown := sorted(set(types) - known_names()):
        raise SystemExit(f"not in botocore's InstanceType enumeration: {', '.join(unknown)}")
    return types


def package_sources(packages: Entry) -> Entry:
    """The packages as sources, if what is installed is what the overlay dates."""
    for name, stated in packages.items():
        installed = importlib.metadata.version(name)
        if installed != stated["version"]:
            raise SystemExit(f"overlay.json dates {name} {stated['version']}, but {installed} is installed")
    return {
        name: {"document": f"{name} {stated['version']}, {stated['what']}", "date": stated["date"]}
        for name, stated in packages.items()
    }


def rows(types: dict[str, Entry]) -> str:
    """One instance type a line, sorted, so that a change of data shows as what it is."""
    compact = (",", ":")
    return ",\n".join(
        f'"{name}":{json.dumps(one, separators=compact)}' for name, one in sorted(types.items())
    )


def render() -> str:
    """The text of catalogue.json."""
    overlay = json.loads((HERE / "overlay.json").read_text(encoding="utf-8"))
    meta = {
        "generatedFrom": {name: stated["version"] for name, stated in overlay["packages"].items()},
        "sources": {**package_sources(overlay["packages"]), **overlay["sources"]},
    }
    return f'{{"meta":{json.dumps(meta, indent=1)},\n"types":{{\n{rows(merged(overlay))}\n}}}}\n'


def main(arguments: list[str] | None = None) -> int:
    """Write the file, or with --check compare it; the exit code."""
    parser = argparse.ArgumentParser(description="Make the catalogue of EFA instance types.")
    parser.add_argument("--check", action="store_true", help="compare with the file on disk, write nothing")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write or to compare")
    given = parser.parse_args(arguments)
    text = render()
    if not given.check:
        given.target.parent.mkdir(parents=True, exist_ok=True)
        given.target.write_text(text, encoding="utf-8")
        return 0
    on_disk = given.target.read_text(encoding="utf-8") if given.target.exists() else ""
    if on_disk == text:
        return 0
    print(f"{given.target.name} is not what make.py makes now; run it without --check", file=sys.stderr)
    before, after = on_disk.splitlines(), text.splitlines()
    difference = difflib.unified_diff(before, after, "on disk", "made now", n=0, lineterm="")
    for line in list(difference)[:SHOWN_LINES]:
        print(line[:SHOWN_WIDTH], file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
