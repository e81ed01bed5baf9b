"""Which public parameters hold the AMIs of EKS nodes, for templates that say `resolve:ssm:` instead of an id.

From "Retrieve recommended Amazon Linux AMI IDs" in the EKS User Guide and Bottlerocket's QUICKSTART-EKS.md;
one exact release has its own parameter beside `recommended` and `latest`. Whether a release exists, only AWS
can tell.
"""

import re

from sandbox.core import launch
from sandbox.core.values import Refused, Values, known

PREFIX = "resolve:ssm:"
_RELEASE = r"amazon-eks-node-al2023-(?P=arch)-(?P=variant)-(?P=version)-v\d{8}"
FORMS = (
    re.compile(
        r"/aws/service/eks/optimized-ami/(?P<version>\d\.\d+)/amazon-linux-2023/(?P<arch>x86_64|arm64)/"
        rf"(?P<variant>standard|nvidia|neuron)/(?:recommended|{_RELEASE})/image_id"
    ),
    re.compile(
        r"/aws/service/bottlerocket/aws-k8s-(?P<version>\d\.\d+)(?:-nvidia)?/(?P<arch>x86_64|arm64)/"
        r"(?:latest|\d+\.\d+\.\d+(?:-[0-9a-f]{8})?)/image_id"
    ),
)


def refusals(template: Values) -> list[Refused]:
    """What EC2 finds wrong with the image of a launch; an id may be anything."""
    image = known(template, "imageId")
    if not isinstance(image, str) or not image.startswith(PREFIX):
        return []
    name = image.removeprefix(PREFIX)
    found = next((match for form in FORMS if (match := form.fullmatch(name))), None)
    if found is None:
        message = f"You must use a valid fully-formed launch template. The parameter {name} does not exist."
        return [Refused("ValidationError", message)]
    type = known(template, "instanceType")
    hardware = launch.hardware(type) if type else None
    if hardware is None or found["arch"] in hardware.architectures:
        return []
    own = "/".join(hardware.architectures)
    message = (
        f"The architecture '{own}' of the specified instance type does not match the architecture "
        f"'{found['arch']}' of the specified AMI. Specify an instance type and an AMI that "
        "have matching architectures, and try again."
    )
    return [Refused("InvalidParameterValue", message)]
