"""`efa-pools schema`: what an editor needs to help with a stack file."""

import json
from argparse import Namespace

from ..schema import stack_schema
from .main import FINE


def run(arguments: Namespace) -> int:
    """Print the JSON Schema of a stack file; one line with --json."""
    print(json.dumps(stack_schema(), indent=None if arguments.json else 2))
    return FINE
