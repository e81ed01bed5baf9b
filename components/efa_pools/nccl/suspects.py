"""Who is to blame for slow pairs: the nodes, and of a node its rails (EFA devices).

It lies beside `launch.py` in the container, so it is plain Python 3.8 too.

A rail is measured alone: an all_reduce of all GPUs of a suspect and of another node that may use one EFA
device, once for each device. `FI_EFA_IFACE` names the devices that libfabric shows (ofiwg/libfabric,
man/fi_efa.7.md; new in 2.0.0, commit fb5bc87 of 2024-07-23; the default image's EFA installer 1.42.0 brings
2.1.0amzn3.0, AWS's EFA changelog). aws-ofi-nccl takes what libfabric shows, forms groups of one device too,
and says how many devices it found (v1.16.0, src/nccl_ofi_rdma.cpp and src/nccl_ofi_net.cpp): where it found
more than one, the restriction had no effect and the figures are not used. NCCL enters a node through a GPU
nearest to the device, and leaves it through that one too where NVLink leads there (v2.27.5-1,
src/graph/search.cc, ncclTopoSearchRecNet; src/graph/paths.cc, PXN): no table of GPUs and devices is needed.

One GPU alone would not single a rail out: NCCL takes devices of other GPUs too where their path is no worse
(search.cc, ncclTopoSelectNets), two GPUs of a P4d share one (aws-ofi-nccl, topology/p4d-24xl-topo.xml), and
the plugin spreads a message over up to four devices of a GPU (MAX_NUM_RAILS). `NCCL_IB_HCA` is of NCCL's own
InfiniBand transport and reaches no plugin.

Figures of one pair's devices are compared with each other only; there is no ceiling for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = dict[str, Any]
    Pair = tuple[str, str]

FAR_BELOW = 0.8
"""A group below this part of its best equal stands out; of four nodes one bad one is in half of all pairs."""
MOST_EXAMINED = 4
"""With more bad nodes than this the fault is hardly that of one rail each."""
MOST_SILENT = 3
"""A pair that gives no figure over so many devices does not talk at all; each run may last to its limit."""
MOST_NODES, MOST_RAILS, MOST_NOTES = 32, 16, 4
"""Kept in the result. The log has all."""
LONGEST_TEXT = 120
RESTRICTION = "FI_EFA_IFACE"
# The devices that libibverbs can open here, and of them the EFA driver's: P6-B200 shows NVLink's as well.
# Documentation/ABI/stable/sysfs-class-infiniband; the parent is the PCI function (uverbs_main.c, v6.17).
LIST_DEVICES = (
    "for one in /sys/class/infiniband_verbs/uverbs*; do "
    '[ -e "/dev/infiniband/${one##*/}" ] || continue; '
    'case "$(readlink "$one/device/driver")" in */efa) '
    'echo "$(cat "$one/ibdev") $(basename "$(readlink "$one/device")")";; esac; done'
)


class Trial(NamedTuple):
    """Whose rails are measured, with whom, and who is asked when one is slow."""

    suspect: str
    partner: str
    third: str | None


class Unrestricted(Exception):
    """A run that was to use one device could use others."""


def outstanding(results: list[Result]) -> list[str]:
    """Nodes of which at least half the groups fail or stay far below the best, the most often first."""
    share = _bad_share(results)
    most = max(share.values())
    # Who fails less often than the worst failed beside it: a bad node takes each of its partners down once.
    return sorted(node for node, part in share.items() if part >= 0.5 and part == most)


def _bad_share(results: list[Result]) -> dict[str, float]:
    """Of each node, the part of its groups that are bad."""
    figures = [one.get("peakBusBandwidthGBs") or 0.0 for one in results]
    best = max(figures)
    bad: dict[str, list[bool]] = {}
    for one, figure in zip(results, figures):  # noqa: B905 (Python 3.8)
        for node in one["on"]:
            bad.setdefault(node, []).append(one["verdict"] == "fail" or figure < FAR_BELOW * best)
    return {node: sum(each) / len(each) for node, each in bad.items()}


def trials(results: list[Result]) -> list[Trial]:
    """What to measure after the pairs; the partner is the healthiest node, a suspect only if all are.

    Two nodes have nothing to be compared with: any verdict but a pass brings them here, and no third.
    """
    share = _bad_share(results)
    if len(share) == 2:
        first, second = sorted(share)
        return [Trial(first, second, None)] if any(one["verdict"] != "pass" for one in results) else []
    odd = outstanding(results)
    ranked = sorted(share, key=lambda node: (share[node], node))
    found = []
    for suspect in odd[:MOST_EXAMINED]:
        partner, third = [node for node in ranked if node != suspect][:2]
        found.append(Trial(suspect, partner, third))
    return found


def figure(result: Result) -> float | None:
    """GB/s of a run that ended as it should, with the right data."""
    if not result.get("finished") or result.get("wrongValues"):
        return None
    return result.get("peakBusBandwidthGBs") or None


class Examiner:
    """Measures trials and keeps what it finds.

    `devices` gives the EFA devices of a node with their PCI addresses, `measure` the result of a pair's run
    over one device, `in_time` says whether another run may start.
    """

    def __init__(
        self,
        devices: Callable[[str], dict[str, str]],
        measure: Callable[[Pair, str], Result],
        in_time: Callable[[], bool],
    ) -> None:
        self._devices, self._measure, self._in_time = devices, measure, in_time
        self._known: dict[tuple[frozenset[str], str], Result] = {}
        self.rails: list[Result] = []
        self.notes: list[str] = []

    def examine(self, asked: list[Trial]) -> Result:
        """The keys of the result: `suspectRails`, and `railNotes` where something was not measured."""
        try:
            for trial in asked:
                self._examine(trial)
        except Unrestricted as reason:
            self.notes.append(str(reason))
        found = {"suspectRails": self.rails[:MOST_RAILS]}
        return {**found, "railNotes": self.notes[:MOST_NOTES]} if self.notes else found

    def _examine(self, trial: Trial) -> None:
        there = {node: self._devices(node) for node in (trial.suspect, trial.partner)}
        shared = sorted(set(there[trial.suspect]) & set(there[trial.partner]))
        between = f"{trial.suspect} and {trial.partner}"
        if len(shared) < 2:
            self.notes.append(f"{between}: {len(shared)} EFA devices of the same name, nothing to compare")
            return
        for here, other in ((trial.suspect, trial.partner), (trial.partner, trial.suspect)):
            for name in sorted(set(there[other]) - set(there[here])):
                self._add([here], name, there[other][name], because=f"not there, but on {other}")
        measured = self._measured(trial, shared, between)
        best = max((figure(one) or 0.0 for one in measured.values()), default=0.0)
        if measured and not best:
            first = measured[next(iter(measured))]
            self.notes.append(f"{between}: no figure over one device: {_text(first)}")
            return
        for name, result in measured.items():
            if _slow(result, best):
                blamed = self._blamed(trial, name, best)
                because = {"because": _text(result)} if figure(result) is None else {}
                gpus = result.get("gpus", {}).get(blamed[0])
                known = {"peakBusBandwidthGBs": figure(result), "bestBusBandwidthGBs": best}
                near = {"gpus": gpus} if gpus else {}
                self._add(blamed, name, there[blamed[0]][name], **near, **known, **because)

    def _measured(self, trial: Trial, names: list[str], between: str) -> dict[str, Result]:
        """The runs of the pair, one a device, as long as there is time and sense in it."""
        found: dict[str, Result] = {}
        for name in names:
            if len(found) == MOST_SILENT and all(figure(one) is None for one in found.values()):
                break
            result = self._run((trial.suspect, trial.partner), name)
            if result is None:
                text = f"{between}: time for {len(found)} of {len(names)} devices only"
                self.notes.append(text)
                break
            found[name] = result
        return found

    def _blamed(self, trial: Trial, name: str, best: float) -> list[str]:
        """Whose rail it is, told by the same rail of both with a third node; all of them where none can tell.

        Where all three pairs are slow it is the rail of two of them, or one that is slower by design.
        """
        suspect, partner, third = trial
        if third is None or name not in self._devices(third):
            return sorted((suspect, partner))
        again = [(node, self._run((node, third), name)) for node in (suspect, partner)]
        # A run at full speed clears both of its nodes.
        left = [node for node, one in again if one is None or _slow(one, best)]
        if len(left) == 2 and all(one is not None for _, one in again):
            left.append(third)
        return sorted(left or (suspect, partner))

    def _run(self, pair: Pair, name: str) -> Result | None:
        """None where the time is used up. The same run is made once."""
        key = (frozenset(pair), name)
        if key not in self._known:
            if not self._in_time():
                return None
            result = self._measure(pair, name)
            if figure(result) is not None and result.get("rails") != 1:
                raise Unrestricted(
                    f"{name} alone was asked for, the log counts {result.get('rails')} EFA devices: "
                    f"{RESTRICTION} needs libfabric 2.0 or newer"
                )
            self._known[key] = result
        return self._known[key]

    def _add(self, nodes: list[str], device: str, pci: str, **said: Any) -> None:
        if all((one["nodes"], one["device"]) != (nodes, device) for one in self.rails):
            self.rails.append({"nodes": nodes, "device": device, "pci": pci, **said})


def _slow(result: Result, best: float) -> bool:
    return (figure(result) or 0.0) < FAR_BELOW * best


def _text(result: Result) -> str:
    if result.get("finished") and result.get("wrongValues"):
        return f"{result['wrongValues']} wrong values"
    return str(result.get("because") or "no figures")[:LONGEST_TEXT]
