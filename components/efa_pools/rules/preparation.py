"""What user data can carry, and what EKS takes where it writes labels and taints itself.

Source: EKS API, labelKey, labelValue and taintKey of CreateNodegroup (botocore 1.44.5).
"""

from collections.abc import Iterator

from ..labels import reserved
from ..plan.draft import Draft
from ..plan.prepare import USER_DATA_LIMIT, user_data
from ..plan.prepare.needs import JOINING, ClusterFacts, needs_of
from ..problem import Path, Problem
from .nodes import EKS
from .registry import needs

# As long as EKS makes them: name 100, endpoint about 90, certificate about 1,500 characters in base64.
LONGEST = ClusterFacts("n" * 100, "https://" + "e" * 92, "c" * 2_000, "172.20.0.0/16")
EKS_KEY_LIMIT = 63
FORM = 150
"""More than the form of one taint or label takes, beside its own words."""


@needs("labels", "nodes")
def labels_may_stand_on_a_node(draft: Draft) -> Iterator[Problem]:
    """Kubelet does not start with a label of Kubernetes's own prefixes, and EKS refuses the group."""
    for key in draft.pool.labels:
        if reserved(key) and draft.kind != "gardener":
            yield Problem(
                ("labels", key),
                "Forbidden",
                f"{key!r}: expected another prefix; nodes may not set labels of kubernetes.io, k8s.io or "
                "eks.amazonaws.com on themselves",
            )


@needs("labels", "taints", "nodes")
def eks_takes_labels_and_taints(draft: Draft) -> Iterator[Problem]:
    """EKS's own bounds are narrower than Kubernetes's: a key is short as a whole, and no label is empty."""
    if draft.kind != EKS:
        return
    for key, value in draft.pool.labels.items():
        if len(key) > EKS_KEY_LIMIT:
            yield _long_key(("labels", key), key)
        if not value:
            yield Problem(
                ("labels", key),
                "Invalid",
                f"'' of {key!r}: expected a value such as 'true'; with nodes.kind {EKS} it may not be empty",
            )
    for index, taint in enumerate(draft.pool.taints):
        if len(taint.key) > EKS_KEY_LIMIT:
            yield _long_key(("taints", index, "key"), taint.key)


def _long_key(path: Path, key: str) -> Problem:
    message = f"{key!r}: expected at most {EKS_KEY_LIMIT} characters, prefix included, with nodes.kind {EKS}"
    return Problem(path, "Invalid", f"{message}; EKS takes no more")


@needs("cards", "image", "nodes", "labels", "taints", "huge_pages2_mi", "capacity", "placement")
def user_data_fits(draft: Draft) -> Iterator[Problem]:
    """Labels and taints are the only parts that grow; EKS writes them where we do not."""
    pool = draft.pool
    if draft.instance is None or pool.image.family not in JOINING or draft.kind == "gardener":
        return
    words = sum(len(key) + len(value) + FORM for key, value in pool.labels.items())
    words += sum(len(taint.key) + len(taint.value or "") + FORM for taint in pool.taints)
    if words < USER_DATA_LIMIT / 2:  # without them it is never half full, so nothing has to be rendered
        return
    told = needs_of(pool, draft.instance, draft.interfaces)._replace(joins=True)
    size = len((user_data(told, LONGEST) or "").encode("utf-8", "replace"))
    if size > USER_DATA_LIMIT:
        yield Problem(
            ("labels",),
            "TooMany",
            f"{len(pool.labels)} labels and {len(pool.taints)} taints make {size} bytes of user data: "
            f"expected at most {USER_DATA_LIMIT}, which is all that EC2 takes",
        )


RULES = (labels_may_stand_on_a_node, eks_takes_labels_and_taints, user_data_fits)
