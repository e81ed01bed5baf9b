"""The command line: `efa-pools`. Needs no Pulumi engine and no AWS account."""

from .main import main

__all__ = ["main"]
