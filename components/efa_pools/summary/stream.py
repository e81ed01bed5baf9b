"""The engine's event stream, read with suspicion: what is missing or damaged is counted, never guessed.

One JSON object a line, as `PULUMI_ENABLE_STREAMING_JSON_PREVIEW=1 pulumi preview --json` prints them and
`--event-log` writes them. Source: pulumi/pulumi v3.259, sdk/go/common/apitype/events.go.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from .events import CHANGES, Preview, State, Step, Violation, mapping, words
from .shoot_patches import by_name

EVENTS = ("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent")
KINDS = frozenset(
    {"summaryEvent", "preludeEvent", "diagnosticEvent", "policyEvent", "errorEvent", "cancelEvent", *EVENTS}
)
SHORT = 20
"""Characters of a line that a message shows."""


class NotEvents(Exception):
    """The text is no event stream at all; the message says what was expected."""


def parse(text: str) -> Preview:
    """Read a stream. Raises `NotEvents` where no line is an event."""
    events, unread = _events(text)
    steps: dict[str, Step] = {}
    for event in events:
        for kind in EVENTS:
            made = _step(mapping(mapping(event.get(kind)).get("metadata")))
            if made is not None:
                steps[made.urn] = _merged(steps.get(made.urn), made)
    ends = [mapping(event["summaryEvent"]) for event in events if "summaryEvent" in event]
    preludes = [mapping(one["preludeEvent"]) for one in events if "preludeEvent" in one]
    config = mapping(preludes[0].get("config")) if preludes else {}
    return Preview(
        steps=tuple(by_name(step) for step in steps.values()),
        violations=tuple(dict.fromkeys(_violation(e["policyEvent"]) for e in events if "policyEvent" in e)),
        errors=tuple(dict.fromkeys(_errors(events))),
        config={str(key): words(value) for key, value in config.items()},
        packs=tuple(key.partition("|")[0] for end in ends[-1:] for key in mapping(end.get("PolicyPacks"))),
        gaps=tuple(_gaps(ends, [*steps.values()], unread)),
    )


def _events(text: str) -> tuple[list[dict[str, Any]], int]:
    lines = [line for line in text.split("\n") if line.strip()]
    read = [_event(line) for line in lines]
    events = [one for one in read if one is not None]
    if not events:
        said = f"it begins {lines[0][:SHORT]!r}" if lines else "it is empty"
        raise NotEvents(
            f"expected the engine's events, one JSON object a line, but {said}: "
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW=1 pulumi preview --json > events.jsonl"
        )
    return events, len(lines) - len(events)


def _event(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    known = isinstance(found, dict) and (KINDS & found.keys() or "sequence" in found)
    return found if known else None


def _step(metadata: Mapping[str, Any]) -> Step | None:
    urn, op = words(metadata.get("urn")), words(metadata.get("op"))
    if not urn or not op:
        return None
    old, new = mapping(metadata.get("old")), mapping(metadata.get("new"))
    detailed = mapping(metadata.get("detailedDiff"))
    paths = {key: words(mapping(one).get("diffKind")) for key, one in detailed.items()}
    diffs = metadata.get("diffs")
    if not paths and isinstance(diffs, list):
        paths = {one: "update" for one in diffs if isinstance(one, str)}
    return Step(
        urn=urn,
        type=words(metadata.get("type")),
        parent=words(new.get("parent")) or words(old.get("parent")),
        change=CHANGES.get(op, ""),
        old=_state(old),
        new=_state(new),
        paths=paths,
    )


def _state(value: Mapping[str, Any]) -> State | None:
    if not value:
        return None
    stays = value.get("retainOnDelete") is True
    return State(mapping(value.get("inputs")), mapping(value.get("outputs")), stays)


def _merged(had: Step | None, has: Step) -> Step:
    """A replacement comes as three steps, a refresh before its step, and outputs after it."""
    if had is None:
        return has
    old = has.old or had.old
    if old is not None and had.old is not None:
        old = replace(old, stated=had.old.stated or had.old.inputs)
    return replace(
        has,
        change="replace" if "replace" in (had.change, has.change) else has.change or had.change,
        old=old,
        new=has.new or had.new,
        paths={**had.paths, **has.paths},
        parent=has.parent or had.parent,
    )


def _violation(value: Any) -> Violation:
    event = mapping(value)
    return Violation(
        pack=words(event.get("policyPackName")),
        policy=words(event.get("policyName")),
        level=words(event.get("enforcementLevel")),
        resource=words(event.get("resourceUrn")).rpartition("::")[2],
        message=words(event.get("message")).strip(),
    )


def _errors(events: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for event in events:
        said = mapping(event.get("diagnosticEvent"))
        if words(said.get("severity")) == "error":
            name = words(said.get("urn")).rpartition("::")[2]
            yield (
                f"{name}: {words(said.get('message')).strip()}"
                if name
                else words(said.get("message")).strip()
            )
        if "errorEvent" in event:
            yield (
                words(mapping(event["errorEvent"]).get("error")).strip() or "the engine stopped with an error"
            )
        failed = mapping(mapping(event.get("resOpFailedEvent")).get("metadata"))
        if "resOpFailedEvent" in event:
            yield f"{words(failed.get('urn')).rpartition('::')[2]}: failed"


def _gaps(ends: list[Mapping[str, Any]], steps: list[Step], unread: int) -> Iterable[str]:
    if unread:
        yield f"{unread} {'line is' if unread == 1 else 'lines are'} no event of the engine"
    if not ends:
        yield "the stream ends before the engine's own summary: it was cut off, or the preview was stopped"
        return
    end = ends[-1]
    if not isinstance(end.get("resourceChanges"), dict):
        yield "the engine's own summary counts nothing"
    result = words(end.get("result"))
    # Engines before v3.228 do not say how it went; their diagnostics do.
    if result not in ("", "succeeded"):
        yield f"the engine says that the preview {result}"
    if end.get("maybeCorrupt") is True:
        yield "the engine says that the events may be damaged"
    counted = Counter(_counted(mapping(end.get("resourceChanges"))))
    seen = Counter(step.change for step in steps if step.change)
    if result in ("", "succeeded") and counted != seen:
        yield f"the engine counts {_told(counted)}, and {_told(seen)} stand in the stream"


def _counted(changes: Mapping[str, Any]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for op, number in changes.items():
        if CHANGES.get(op) and isinstance(number, int):
            found[CHANGES[op]] += number
    return {change: number for change, number in found.items() if number}


def _told(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{number} x {change}" for change, number in sorted(counted.items())) or "no change"
