"""Why the nodes are prepared as they are: image, memory, pods, disks, frames."""

from collections.abc import Iterator

from ...compatibility import cited, data, drivers
from ...images import FAMILIES, RESOURCES, accelerator
from .. import sources
from ..decision import Decision
from ..pool import PoolPlan
from .bottlerocket import DIRECTORIES
from .needs import BOTTLEROCKET_PAGES_A_CPU, EFA_HUGE_PAGES, JUMBO_MTU

DRIVERS = {"nvidia": "the NVIDIA driver", "neuron": "the Neuron driver", "none": "no accelerator driver"}


def on_the_node(plan: PoolPlan) -> Iterator[Decision]:
    """Everything about the machine's inside."""
    for explain in (_image, _memory, _pods, _storage, _frames):
        yield from explain(plan)


def _image(plan: PoolPlan) -> Iterator[Decision]:
    image = plan.pool.image
    if not FAMILIES[image.family].from_eks:
        why = "a given image joins the cluster by itself; user data prepares the machine and names no cluster"
        source = sources.EKS_TEMPLATES
        if image.family == "garden-linux":
            source = cited(data()["garden-linux"]["source"])
        yield Decision("image", f"{image.family} {image.ami_id or image.release_version}", why, source)
    elif image.ami_id is not None:
        why = "a given image; user data tells the node its cluster, as EKS does not for images by id"
        yield Decision("image", image.ami_id, why, sources.EKS_TEMPLATES)
    else:
        chosen = f"{plan.nodes.ami_type} {image.release_version}"
        why, source = _inside(plan, image.release_version or "")
        if plan.self_managed:
            where = plan.image_parameter(None) or plan.image_parameter("<kubernetesVersion>")
            why += f"; EC2 itself finds the AMI of this one release, by the parameter {where}"
            source = f"{source}; {sources.IMAGE_PARAMETERS}"
        yield Decision("image", chosen, why, source)


def _inside(plan: PoolPlan, release: str) -> tuple[str, str]:
    """What the release holds, as far as a table says, and the table."""
    kind = accelerator(plan.instance)
    found = drivers(plan.pool.image.family, release, nvidia=kind == "nvidia")
    driver = DRIVERS[kind]
    if kind in RESOURCES:
        count = plan.instance.gpu_count or plan.instance.neuron_count
        driver += f" ({count} {RESOURCES[kind]} a node)"
    why = f"pinned, with {driver} and the EFA driver; a release that moves replaces nodes"
    if found is None:
        return why, sources.EKS_AMI
    parts = {"NVIDIA": found.nvidia and "-".join(str(one) for one in dict.fromkeys(found.nvidia))}
    if kind != "none":
        parts |= {"EFA": found.efa, "kernel": found.kernel}
    stated = ", ".join(f"{name} {value}" for name, value in parts.items() if value)
    if stated:
        why += f"; {stated}" + ("" if found.known else f" as of {found.until}, the last release in the table")
    plugin = data()["ncclPlugin"]
    if kind == "nvidia" and plan.efa_per_node and not plugin["inImage"][plan.pool.image.family]:
        why += f"; {plugin['why']}"
    return why, f"{found.source}; {cited(plugin['source'])}" if kind == "nvidia" else found.source


def _memory(plan: PoolPlan) -> Iterator[Decision]:
    stated, needs = plan.pool.huge_pages2_mi, plan.needs
    source = sources.EKS_EFA
    if stated is not None:
        choice, why = f"{stated}", "as stated, set at boot by user data"
    elif needs.huge_pages is not None:
        choice = f"{EFA_HUGE_PAGES}"
        why = "what the EFA driver's package reserves; user data does so for this image"
    elif plan.pool.image.family == "bottlerocket":
        pages = BOTTLEROCKET_PAGES_A_CPU * (plan.instance.vcpus or 0)
        choice = f"left to the image, about {pages}" if pages else "left to the image"
        why = f"Bottlerocket reserves {BOTTLEROCKET_PAGES_A_CPU} pages a CPU by itself where it finds EFA"
        source = sources.BOTTLEROCKET_EFA
    elif plan.efa_per_node:
        choice, why = "left to the image", f"its EFA driver reserves {EFA_HUGE_PAGES} pages at boot"
    else:
        return
    if needs.unlimited_memlock:
        why += "; containerd's limit on locked memory is lifted, or EFA cannot register buffers"
    yield Decision("hugePages2Mi", choice, why, source)


def _pods(plan: PoolPlan) -> Iterator[Decision]:
    if plan.needs.maximum_pods is None:
        return
    why = (
        "addresses of the interfaces that the layout leaves to the VPC CNI, without prefix delegation; an "
        "efa-only interface takes a place and has none "
        f"(VPC CNI {data()['vpcCni']['efaOnlyFrom']} or newer)"
    )
    yield Decision("nodes", f"at most {plan.needs.maximum_pods} pods a node", why, sources.PODS)


def _storage(plan: PoolPlan) -> Iterator[Decision]:
    size = plan.instance.instance_storage_gb
    if not size:
        return
    if plan.needs.local_storage:
        why = f"one RAID 0 under {', '.join(DIRECTORIES)}; it is lost with the node"
        yield Decision("dataVolumes", f"{size} GB of local NVMe for containers", why, sources.LOCAL_STORAGE)
    else:
        why = "the image's business; nothing mounts these disks from here"
        yield Decision("dataVolumes", f"{size} GB of local NVMe left alone", why, sources.LOCAL_STORAGE)


def _frames(plan: PoolPlan) -> Iterator[Decision]:
    who = (
        "user data sets it on every ordinary interface"
        if plan.needs.mtu
        else "the image and the VPC CNI set it"
    )
    why = f"{who}; EFA's own frames need no setting, and these templates do not turn on ENA Express (8900)"
    yield Decision("networkInterfaces", f"MTU {plan.needs.mtu or JUMBO_MTU}", why, sources.MTU)
