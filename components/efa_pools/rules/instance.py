"""The instance type and its interfaces."""

from collections.abc import Iterator

from .. import catalogue
from ..interfaces import entry_problems, layout_problems
from ..layouts import CURRENT_LAYOUT_VERSION
from ..model.machine import INTERFACE_LIMIT
from ..model.parse import shown
from ..plan.draft import Draft
from ..problem import Problem, warning
from .registry import needs

SHARED_ONLY = frozenset({"c7g.16xlarge", "m7g.16xlarge", "r7g.16xlarge"})
"""Types that EC2 does not attach an EFA to on dedicated hardware (EC2 User Guide, EFA, "Limitations")."""
STATE_CARDS = "state its cards under `instance` (networkCards, maximumEfaInterfaces, bandwidthGbps)"


@needs("instance_type", "instance")
def type_is_known(draft: Draft) -> Iterator[Problem]:
    """The catalogue knows the type, or the user states its cards; never both, never neither."""
    pool = draft.pool
    known = catalogue.get(pool.instance_type)
    if known is not None and known.cards is not None:
        if pool.instance is not None:
            yield Problem(
                ("instance",),
                "Forbidden",
                f"stated beside {pool.instance_type}, which the catalogue knows; expected no `instance`, "
                "because two descriptions of one type can disagree",
            )
        return
    if pool.instance is not None:
        return
    if known is not None:
        message = f"{pool.instance_type!r}: {known.reason}"
    else:
        near = catalogue.nearest(pool.instance_type)
        hint = f"nearest: {', '.join(near)}; " if near else ""
        name = shown(pool.instance_type)
        message = f"{name}: expected an EFA instance type of the catalogue; {hint}or {STATE_CARDS}"
    yield Problem(("instanceType",), "NotSupported", message)


@needs("instance")
def stated_cards_are_sound(draft: Draft) -> Iterator[Problem]:
    """Stated cards count up from 0 without repeats, as EC2 numbers them."""
    if draft.pool.instance is None:
        return
    seen: set[int] = set()
    for position, card in enumerate(draft.pool.instance.network_cards):
        if card.index in seen:
            path = ("instance", "networkCards", position, "index")
            yield Problem(path, "Duplicate", f"{card.index}: expected each network card once")
        seen.add(card.index)
    if seen != set(range(len(seen))):
        yield Problem(
            ("instance", "networkCards"),
            "Invalid",
            f"cards {sorted(seen)}: expected 0 to {len(seen) - 1} without a gap, as EC2 numbers them",
        )


@needs("layout", "network_interfaces")
def one_layout(draft: Draft) -> Iterator[Problem]:
    """A preset or a list, not both."""
    pool = draft.pool
    if pool.layout is not None and pool.network_interfaces is not None:
        yield Problem(
            ("networkInterfaces",),
            "Forbidden",
            f"a list beside layout {pool.layout!r}: expected one of the two, because they would disagree",
        )
    if draft.unavailable is not None:
        yield Problem(("layout",), "NotSupported", f"{pool.layout or 'recommended'!r}: {draft.unavailable}")


@needs("network_interfaces", "instance")
def interfaces_fit(draft: Draft) -> Iterator[Problem]:
    """Everything EC2 would refuse of the list, against the type where it is known."""
    entries = draft.pool.network_interfaces
    if entries is None:
        return
    yield from entry_problems(entries, INTERFACE_LIMIT, draft.instance)
    yield from layout_problems(draft.instance, draft.placed)
    if draft.placed and not any(item.interface.is_efa for item in draft.placed):
        yield warning(
            ("networkInterfaces",),
            "Invalid",
            "no interface of type efa or efa-only: NCCL would use TCP; expected at least one EFA",
        )


@needs("cards", "network_interfaces", "layout", "placement", "capacity")
def efa_on_dedicated_hardware(draft: Draft) -> Iterator[Problem]:
    """A few types have no EFA as Dedicated Instances or on Dedicated Hosts."""
    tenancy, name = draft.placement.tenancy, draft.pool.instance_type
    efa = any(item.interface.is_efa for item in draft.placed)
    if efa and name in SHARED_ONLY and tenancy in ("dedicated", "host"):
        message = f"{tenancy!r}: expected default with EFA on {name}; EC2 supports it on shared hardware only"
        yield Problem(("placement", "tenancy"), "NotSupported", message)


@needs("layout_version", "network_interfaces")
def layout_version_is_pinned(draft: Draft) -> Iterator[Problem]:
    """A preset may change with the package; a pinned version keeps an upgrade from replacing nodes."""
    version = draft.pool.layout_version
    if draft.pool.network_interfaces is not None:
        return
    if version is None:
        yield warning(
            ("layoutVersion",),
            "Required",
            f"not pinned; expected layoutVersion: {CURRENT_LAYOUT_VERSION}, because a later package could "
            "lay interfaces out anew, and that replaces nodes",
        )
    elif version != CURRENT_LAYOUT_VERSION:
        yield Problem(
            ("layoutVersion",),
            "NotSupported",
            f"{version}: expected {CURRENT_LAYOUT_VERSION}, the only layout version of this package",
        )


RULES = (
    type_is_known,
    stated_cards_are_sound,
    one_layout,
    interfaces_fit,
    efa_on_dedicated_hardware,
    layout_version_is_pinned,
)
