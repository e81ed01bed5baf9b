"""A provider that accepts everything, as a preview with the real one does: the account is not asked there.

The sandbox refuses what EC2 refuses, so it would be the first to find fault with a template. Here only
the policies judge. `python -m tests.engine.accepting PACKAGE VERSION FOLDER`
"""

import sys
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2

from sandbox import wire
from sandbox.core.values import UNKNOWN
from sandbox.plugin import Provider
from sandbox.serve import serve

# What the AWS provider tells after creation where it is not stated: those that rules read.
COMPUTED = {
    "aws:ec2/securityGroup:SecurityGroup": ("ingress", "egress"),
    "aws:ec2/placementGroup:PlacementGroup": ("name",),
    "aws:eks/nodeGroup:NodeGroup": ("releaseVersion", "amiType", "capacityType", "version"),
}


class Accepting(Provider):
    """Plans whatever is asked for."""

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:
        assert request.preview, "only previews"
        type = request.urn.split("::")[2].split("$")[-1]
        computed = dict.fromkeys(COMPUTED.get(type, ()), UNKNOWN)
        return provider_pb2.CreateResponse(
            properties=wire.wire({**computed, **wire.plain(request.properties)})
        )


if __name__ == "__main__":
    package, version, folder = sys.argv[1:4]
    serve(Accepting(package, version, Path(folder)))
