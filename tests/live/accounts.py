"""Accounts to ask: moto's server on loopback for the calls it has, botocore's Stubber for those it lacks.

Neither sees the environment's credentials, and the stubbed ones have no endpoint that answers.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.stub import Stubber
from efa_pools.check.pool import check_pool
from efa_pools.model.pool import Cluster
from efa_pools.plan.pool import plan_pool
from efa_pools.preflight.account import Account
from efa_pools.preflight.finding import Stack, Subject

from tests.pools import changed

REGION = "us-east-2"
NOW = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)
VPC = "vpc-0e7a1c2b3d4f50617"
SUBNET, GROUP, RESERVATION = "subnet-0a1b2c3d", "sg-0a1b2c3d", "cr-0abcdef1234567890"
CLUSTER = {
    "name": "efa",
    "vpcId": VPC,
    "kubernetesVersion": "1.34",
    "securityGroupId": "sg-0c1a5e0d2b3f4a596",
}
POOL = {
    "name": "train",
    "instanceType": "p5.48xlarge",
    "size": {"min": 0, "desired": 2, "max": 4},
    "subnetIds": [SUBNET],
    "availabilityZones": ["us-east-2b"],
    "layoutVersion": 1,
    "image": {"family": "al2023", "releaseVersion": "1.34.2-20261105"},
}
# Service, operation, and the answer, or an error's code.
Answer = tuple[str, str, dict[str, Any] | str]


def clean_environment(monkeypatch: Any, endpoint: str) -> None:
    """No credentials, Region or profile but these, and no endpoint but that one."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_ENDPOINT_URL": endpoint,
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


class Session:
    """What an account needs of a session. Clients are made once for all tests, because that takes a while."""

    region_name = REGION

    def __init__(self, kind: str = "stubbed") -> None:
        self._kind = kind

    def client(self, service: str, **_: Any) -> Any:
        return _client(service, self._kind)


@cache
def _session() -> Any:
    return boto3.Session("testing", "testing", region_name=REGION)


@cache
def _client(service: str, kind: str) -> Any:
    # Port 9 answers nobody; only a stub or a refusal does.
    patience = Config(retries={"total_max_attempts": 1})
    made = _session().client(service, endpoint_url="http://127.0.0.1:9", config=patience)
    if kind == "refusing":
        made.meta.events.register("before-call", _refuse)
    return made


def subject(*others: dict[str, Any], cluster: dict[str, Any] | None = None, **changes: Any) -> Subject:
    """The plan of the pool with changes (`size__desired` for a path), in a stack with other pools."""
    pools = [changes, *others]
    plans = []
    for index, one in enumerate(pools):
        name = {"name": f"other-{index}"} if index else {}
        paths = {path.replace("__", "."): value for path, value in copy.deepcopy({**name, **one}).items()}
        plans.append(plan_pool(check_pool(changed(POOL, paths)).draft))
    stack = Stack("prod", "efa-pools", tuple(plans), Cluster.read({**CLUSTER, **(cluster or {})}), NOW)
    return Subject(plans[0], stack)


@contextmanager
def stubbed(answers: Sequence[Answer], asked: set[str] | None = None) -> Iterator[Account]:
    """An account that expects these questions in this order, service by service, and no others.

    `asked` gets the IAM action of each call that was really made.
    """
    account, stubs = Account(session=Session()), {}
    with ExitStack() as active:
        for service, operation, answer in answers:
            client = account.client(service)
            if service not in stubs:
                stubs[service] = active.enter_context(Stubber(client))
                active.enter_context(_recorded(client, asked))
            method = xform_name(operation)
            if isinstance(answer, str):
                stubs[service].add_client_error(method, answer, "said so")
            else:
                stubs[service].add_response(method, answer)
        yield account
        for stub in stubs.values():
            stub.assert_no_pending_responses()


@contextmanager
def _recorded(client: Any, asked: set[str] | None) -> Iterator[None]:
    """Notes each call under the prefix that IAM and the service's signatures have in common."""
    prefix = client.meta.service_model.signing_name

    def record(model: Any, **_: Any) -> None:
        if asked is not None:
            asked.add(f"{prefix}:{model.name}")

    client.meta.events.register("provide-client-params", record)
    yield
    client.meta.events.unregister("provide-client-params", record)


_refusal: dict[str, Any] = {}


def _refuse(model: Any, **_: Any) -> Any:
    _refusal["asked"].append(model.name)
    error = {"Code": _refusal["code"], "Message": "said so"}
    parsed = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": _refusal["status"]}}
    return AWSResponse(None, _refusal["status"], {}, None), parsed


def refusing(code: str, status: int = 403) -> tuple[Account, list[str]]:
    """An account that answers every question with that error, and the operations that were asked."""
    asked: list[str] = []
    _refusal.update(code=code, status=status, asked=asked)
    return Account(session=Session("refusing")), asked
