"""The wire form: camelCase keys, whole numbers that may arrive as floats, no unknown keys.

JSON has one number type and Pulumi sends it as a double, so 4.0 is a whole number; 4.7, "4" and true
are not. null means absent, as YAML and JSON users expect.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as core

from .forms import Scalar
from .shape import Wire as Wire


class Deferred:
    """A value that another resource makes: its place is known, the value is not."""

    def __repr__(self) -> str:
        return "<known after creation>"


DEFERRED = Deferred()


def _whole(value: object) -> object:
    return int(value) if type(value) is float and value.is_integer() else value


def whole(least: int | None = None, most: int | None = None) -> Scalar:
    """A whole number from `least` to `most`, both included."""
    return Scalar(
        core.no_info_before_validator_function(_whole, core.int_schema(strict=True, ge=least, le=most))
    )


def either(inner: CoreSchema) -> CoreSchema:
    """The value, or a deferred one in its place."""

    def check(value: object, read: Callable[[object], object]) -> object:
        return value if isinstance(value, Deferred) else read(value)

    return core.no_info_wrap_validator_function(check, inner)


def matching(pattern: str, expected: str) -> Scalar:
    """A string that matches `pattern`; `expected` is what the user is told."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise PydanticCustomError("expected", "expected {expected}", {"expected": expected})
        return value

    return Scalar(
        core.no_info_after_validator_function(
            check, core.str_schema(strict=True), metadata={"pattern": f"^(?:{pattern})$"}
        )
    )


def reference(inner: Scalar) -> Scalar:
    """A scalar that another resource may make."""
    return Scalar(either(inner.schema))


def references(inner: Scalar, most: int | None = None) -> Scalar:
    """A list of references, or one deferred value for the whole of it."""
    return Scalar(either(core.tuple_variable_schema(inner.schema, min_length=1, max_length=most)))


LARGEST = 2_147_483_647
_filled = Scalar(core.str_schema(strict=True, min_length=1))
_subnet = reference(matching(r"subnet-[0-9a-z]+", "a subnet id such as subnet-0abcdef1234567890"))
_group = reference(matching(r"sg-[0-9a-z]+", "a security group id such as sg-0abcdef1234567890"))

Count = Annotated[int, whole(0, LARGEST)]
Positive = Annotated[int, whole(1, LARGEST)]
Boolean = Annotated[bool, Scalar(core.bool_schema(strict=True))]
Text = Annotated[str, Scalar(core.str_schema(strict=True))]
Filled = Annotated[str, _filled]


def text(pattern: str, expected: str) -> Any:
    """The annotation of a string that matches a pattern."""
    return Annotated[str, matching(pattern, expected)]


if TYPE_CHECKING:
    Name: TypeAlias = str
    InstanceTypeName: TypeAlias = str
    Zone: TypeAlias = str
    AmiId: TypeAlias = str
    HostId: TypeAlias = str
    GroupId: TypeAlias = str
    GroupName: TypeAlias = str
    ReservationId: TypeAlias = str
    ResourceGroupArn: TypeAlias = str
    RoleArn: TypeAlias = str
    ProfileArn: TypeAlias = str
    SnapshotId: TypeAlias = str
    OfferingId: TypeAlias = str
    Instant: TypeAlias = str
    Reference: TypeAlias = str | Deferred
    References: TypeAlias = tuple[Reference, ...] | Deferred
    SubnetRef: TypeAlias = str | Deferred
    SubnetRefs: TypeAlias = tuple[SubnetRef, ...] | Deferred
    SecurityGroupRef: TypeAlias = str | Deferred
    SecurityGroupRefs: TypeAlias = tuple[SecurityGroupRef, ...] | Deferred
    VersionRef: TypeAlias = str | Deferred
    VpcRef: TypeAlias = str | Deferred
else:
    Name = text(
        r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?",
        "a name of at most 40 characters: a-z, 0-9 and '-', a letter first",
    )
    InstanceTypeName = Filled
    Zone = text(
        r"[a-z]{2,4}(-[a-z]+)+-\d+(-[a-z]+-\d+)?[a-z]",
        "an Availability Zone such as us-east-2b, not a Region",
    )
    AmiId = text(r"ami-[0-9a-f]{8,17}", "an AMI id such as ami-0abcdef1234567890")
    HostId = text(r"h-[0-9a-f]{8,17}", "a Dedicated Host id such as h-0abcdef1234567890")
    GroupId = text(r"pg-[0-9a-f]{8,17}", "a placement group id such as pg-0abcdef1234567890")
    GroupName = text(r"[\x20-\x7e]{1,255}", "a placement group name of 1 to 255 ASCII characters")
    ReservationId = text(r"cr-[0-9a-z]{1,252}", "a Capacity Reservation id such as cr-0abcdef1234567890")
    ResourceGroupArn = text(
        r"arn:[\w-]+:resource-groups:[a-z0-9-]+:\d{12}:group/[\w+=,.@\-/:]+",
        "the ARN of a resource group, arn:aws:resource-groups:<region>:<account>:group/<name>",
    )
    RoleArn = text(
        r"arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]+", "an IAM role ARN, arn:aws:iam::<account>:role/<name>"
    )
    ProfileArn = text(
        r"arn:[\w-]+:iam::\d{12}:instance-profile/[\w+=,.@/-]+",
        "an instance profile ARN, arn:aws:iam::<account>:instance-profile/<name>",
    )
    SnapshotId = text(r"snap-[0-9a-z]+", "a snapshot id such as snap-0abcdef1234567890")
    OfferingId = text(r"cb-[0-9a-z]+", "a Capacity Block offering id such as cb-0abcdef1234567890")
    Instant = text(
        r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)",
        "a time with its offset from UTC (RFC 3339), such as 2026-12-01T11:30:00Z",
    )

    Reference = Annotated[str, reference(_filled)]
    References = Annotated[tuple, references(reference(_filled))]
    SubnetRef = Annotated[str, _subnet]
    SecurityGroupRef = Annotated[str, _group]
    SubnetRefs = Annotated[tuple, references(_subnet)]
    # EC2 takes at most 16 groups on an interface, and the cluster's is one of them.
    SecurityGroupRefs = Annotated[tuple, references(_group, 15)]
    VersionRef = Annotated[str, reference(matching(r"\d+\.\d+", "a Kubernetes version such as '1.34'"))]
    VpcRef = Annotated[str, reference(matching(r"vpc-[0-9a-z]+", "a VPC id such as vpc-0abcdef1234567890"))]


def listed(references: "tuple[str | Deferred, ...] | Deferred | None") -> tuple[str | Deferred, ...]:
    """The references of a list that is known; none where the list itself is another resource's output."""
    return references if isinstance(references, tuple) else ()
