"""Whether EC2 offers the instance type in the pool's zones."""

from .account import Account
from .finding import Check, Subject, Verdict, judged
from .subnets import zones


def type_offered(subject: Subject, account: Account) -> Verdict:
    """A type that a zone lacks gives `Unsupported` at each launch, long after the preview."""
    name, wanted = subject.plan.instance.name, zones(subject, account)
    answer = account.call(
        "ec2",
        "DescribeInstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": [name]}],
    )
    offered = sorted(one["Location"] for one in answer["InstanceTypeOfferings"])
    return judged(
        not wanted <= set(offered),
        f"{name} in {', '.join(offered) or f'no zone of {account.region}'}",
        f"{name} in {', '.join(sorted(wanted))}",
        "choose a zone that offers the type, and subnets in it",
    )


CHECKS = (Check("type-offered", type_offered),)
