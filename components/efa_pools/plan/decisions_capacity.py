"""Why machines are asked for as they are, what is made or bought for them, and when nodes come and go."""

from collections.abc import Iterator

from . import sources
from .decision import Decision
from .pool import PoolPlan
from .windows import SCALE_DOWN, shown, span


def on_kind(plan: PoolPlan) -> Iterator[Decision]:
    """Where the machines come from."""
    capacity = plan.pool.capacity
    target = capacity.reservation_id or capacity.resource_group_arn
    why, source = {
        "on-demand": ("machines are asked for when nodes start, and may not be there", sources.RESERVATIONS),
        "spot": (
            "the template asks for spot machines, which EC2 may take back at two minutes' notice"
            if plan.self_managed
            else "EKS asks for spot machines itself, so the template carries no spot option",
            sources.RESERVATIONS if plan.self_managed else sources.EKS_TEMPLATES,
        ),
        "interruptible-reservation": (
            "launches go into that reservation, whose owner may take it back at two minutes' notice",
            sources.RESERVATIONS,
        ),
        "open-reservation": (
            "launches match any open reservation of the type and zone",
            sources.RESERVATIONS,
        ),
        "reservation": ("launches go into that reservation and fail when it is full", sources.RESERVATIONS),
        "capacity-block": (
            "a block is launched into only by name, with its own market type and the type in the template",
            sources.ASG_BLOCKS if plan.self_managed else sources.EKS_BLOCKS,
        ),
    }.get(capacity.kind, ("launches go into that reservation", sources.RESERVATIONS))
    choice = capacity.kind + (f" {target}" if target else "")
    if plan.window.stated:
        choice += f", {shown(plan.window.start)} to {shown(plan.window.end)}"
    elif capacity.kind == "capacity-block":
        choice += ", window not stated"
    yield Decision("capacity", choice, why, source)


def on_end(plan: PoolPlan) -> Iterator[Decision]:
    """Until when a block can be used, and who empties it."""
    window = plan.window
    if window.end is None or not window.termination:
        return
    why = f"EC2 begins to terminate {span(window.termination)} before a block ends"
    if plan.pool.nodes.kind != "eks-managed":
        who = "an action scales the group to zero" if plan.self_managed else "nodes are to be gone"
        why += f"; {who} {span(window.scale_down)} before"
    elif window.termination < SCALE_DOWN:
        why += f"; EKS scales the node group to zero {span(SCALE_DOWN)} before, which is not to be changed"
    else:
        why += (
            f"; EKS's own scaling to zero, {span(SCALE_DOWN)} before, is too late for an UltraServer: an "
            f"action of ours scales to zero at {shown(window.scale_down_at)}"
        )
    choice = f"usable until {shown(window.usable_until)}, drained from {shown(window.scale_down_at)}"
    yield Decision("capacity.end", choice, why, f"{sources.BLOCKS}; {sources.EKS_BLOCKS}")


def on_new(plan: PoolPlan) -> Iterator[Decision]:
    """What the pool makes or buys, which stays when the pool goes."""
    new, purchase, capacity = plan.capacity.new, plan.capacity.purchase, plan.pool.capacity
    if new is not None:
        end = "until it is cancelled" if new.end is None else f"until {new.end}"
        where = "inside the pool's group" if plan.makes_group else "in no group"
        why = (
            "it is paid for from its creation on, used or not, and stays when the pool or the stack goes; "
            "then name it by reservationId, or the next run makes a second one"
        )
        if not plan.makes_group:
            why += "; placement.mode: create would have its machines stand close together"
        choice = f"a new reservation of {new.instances} in {new.zone}, {where}, {end}"
        yield Decision("capacity.count", choice, why, sources.RESERVED_GROUP)
    if purchase is not None:
        price = f"{capacity.maximum_price} {capacity.currency}"
        why = (
            "EC2 takes the whole price at once, whatever it is, and gives nothing back; preflight holds the "
            "offering against the limit, so run it before. The block is bought once and protected; then "
            "name it by reservationId"
        )
        choice = f"buys offering {purchase.offering_id}, for at most {price} by preflight"
        yield Decision("capacity.offeringId", choice, why, sources.PURCHASE)


def on_schedule(plan: PoolPlan) -> Iterator[Decision]:
    """The actions at the ends of the window."""
    for action in plan.schedule.actions:
        choice = f"{action.name} at {action.at}: {action.minimum} to {action.maximum}, {action.desired} nodes"
        if action.name == "start":
            why = "there are no nodes until then, because launches before the window fail"
            yield Decision("capacity.whenInactive", choice, why, sources.ASG_SCHEDULE)
        else:
            why = "nodes leave before EC2 ends them; Auto Scaling does it, no run of the program is needed"
            yield Decision("capacity.end", choice, why, sources.ASG_SCHEDULE)
    if plan.schedule.idle and not any(one.name == "start" for one in plan.schedule.actions):
        why = "its capacity cannot be used now, and nothing starts the nodes again"
        yield Decision("capacity.whenInactive", "no nodes at present", why, sources.ASG_BLOCKS)


def on_drain(plan: PoolPlan) -> Iterator[Decision]:
    """What becomes of the pods of a node that is to go."""
    wait = plan.schedule.drain
    if wait is not None:
        why = (
            "the handler on the node sees that it is to go and evicts the pods; nobody tells the group, so "
            f"every node that goes, at an update too, takes the whole {span(wait)}"
        )
        choice = f"a node that is to go waits {span(wait)} for its pods"
        yield Decision("capacity.drain", choice, why, sources.HANDLER)
    elif plan.self_managed and plan.pool.capacity.kind == "capacity-block":
        why = "pods end with their nodes when the group is scaled to zero"
        yield Decision("capacity.drain", "none", why, sources.HANDLER)


ALL = (on_kind, on_end, on_new, on_schedule, on_drain)
