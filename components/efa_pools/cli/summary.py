"""`efa-pools summary EVENTS.jsonl`: a preview as Markdown for the pull request that it is about."""

from argparse import Namespace

from ..documents import Unreadable, text
from ..summary.markdown import LEAST, at_risk, markdown
from ..summary.stream import NotEvents, parse
from .main import FINE, PROBLEMS, Unusable


def run(arguments: Namespace) -> int:
    """Print it; exit 1 where reserved capacity would go unaccepted, or the preview is not sound."""
    name = "standard input" if arguments.file == "-" else arguments.file
    if arguments.limit < LEAST:
        raise Unusable(f"--limit {arguments.limit}: expected at least {LEAST} characters")
    try:
        preview = parse(text(arguments.file))
    except Unreadable as error:
        raise Unusable(str(error)) from None
    except NotEvents as error:
        raise Unusable(f"{name}: {error}") from None
    print(markdown(preview, allowed=arguments.allow_replace, limit=arguments.limit), end="")
    refused = at_risk(preview) and not arguments.allow_replace
    return PROBLEMS if refused or not preview.sound else FINE
