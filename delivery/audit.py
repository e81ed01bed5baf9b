"""`python -m delivery.audit`: known vulnerabilities of what requirements.lock pins.

Exit code 0 only where advisories were read for every pin and none applies; 1 where one does; 2 `not audited`
where there was no way to know. Advisories are OSV's, PyPI's among them: POST /v1/querybatch answers each
query in its place, in an object that is empty where nothing is known. Source: google.github.io/osv.dev, API.
"""

import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from delivery.environments import ROOT

LOCK = ROOT / "requirements.lock"
SERVICE = "https://api.osv.dev"
FINE, FOUND, NOT_AUDITED = 0, 1, 2
SECONDS = 60
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.M)


class NotAudited(Exception):
    """There is no answer, or not for everything; the text says why."""


def pins(lock: str) -> list[tuple[str, str]]:
    """Name and version of everything that a lock file pins, for whatever platform."""
    return _PIN.findall(lock)


def ask(wanted: list[tuple[str, str]]) -> list[str]:
    """The advisories, one line each. Raises `NotAudited`."""
    answers = _post([_query(*pin) for pin in wanted])
    found = []
    for (name, version), answer in zip(wanted, answers, strict=True):
        if not isinstance(answer, dict) or ("next_page_token" in answer and not answer.get("vulns")):
            raise NotAudited(f"no answer about {name} {version}")
        found += [f"{name} {version}: {bug['id']} {SERVICE}/v1/vulns/{bug['id']}" for bug in _bugs(answer)]
    return found


def _query(name: str, version: str) -> dict[str, Any]:
    return {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}


def _bugs(answer: dict[str, Any]) -> list[dict[str, str]]:
    bugs = answer.get("vulns", [])
    if not isinstance(bugs, list) or not all(isinstance(one, dict) and "id" in one for one in bugs):
        raise NotAudited("an answer is not of the API's form")
    return bugs


def _post(queries: list[dict[str, Any]]) -> list[Any]:
    request = urllib.request.Request(
        f"{SERVICE}/v1/querybatch",
        data=json.dumps({"queries": queries}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            results = json.load(answer)["results"]
    except (urllib.error.URLError, OSError) as error:
        raise NotAudited(f"{SERVICE} cannot be asked: {error}") from None
    except (ValueError, KeyError, TypeError):
        raise NotAudited(f"{SERVICE} gave no answer of the API's form") from None
    if not isinstance(results, list) or len(results) != len(queries):
        raise NotAudited(f"{len(queries)} packages were asked about, and not each was answered")
    return results


def main(lock: Path = LOCK) -> int:
    """Print the verdict; its kind is the exit code."""
    wanted = pins(lock.read_text(encoding="utf-8"))
    try:
        if not wanted:
            raise NotAudited(f"{lock.name} pins nothing")
        found = ask(wanted)
    except NotAudited as error:
        print(f"not audited: {error}", file=sys.stderr)
        return NOT_AUDITED
    print("\n".join(found) or f"{len(wanted)} pinned packages audited, no known vulnerability")
    return FOUND if found else FINE


if __name__ == "__main__":
    sys.exit(main())
