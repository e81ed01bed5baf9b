"""What `pulumi preview --policy-pack policies` starts. It serves the engine and never returns."""

import sys
from pathlib import Path

# The engine runs this file by its folder; the pack is a package like the others beside it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pulumi_policy import PolicyPack

from policies.pack import POLICIES

if __name__ == "__main__":
    PolicyPack("efa-pools", list(POLICIES))
