"""One AWS account as the checks see it: calls that read, each made once, and errors in four kinds."""

import json
import os
import threading
from concurrent.futures import Future
from typing import Any

INSTALL = "boto3 is not installed: pip install 'efa-pools[cli]'"
# Error codes by which AWS's services say that a caller may not.
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "Forbidden"}
)
# The same for credentials that are wrong or too old, which no further call can mend.
UNKNOWN_CALLER = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
MISSING = (".NotFound", "NotFoundException", "ParameterNotFound", "NoSuchResourceException")
MISSING_TOO = frozenset({"InvalidAMIID.Unavailable", "InvalidPlacementGroup.Unknown"})


class NoAccount(Exception):
    """No usable credentials, Region or connection, or no boto3; the text says what to do."""


class Denied(Exception):
    """The caller lacks a permission; the text is its IAM action."""


class Missing(Exception):
    """What was asked for does not exist; the text is AWS's own."""


class Refused(Exception):
    """AWS refused the question itself; the text is its own."""


class Failed(Exception):
    """No answer, or none that can be read; the text says of what."""


class Account:
    """Clients of one session. Safe to use from several threads; the same question is asked once."""

    def __init__(self, region: str | None = None, profile: str | None = None, session: Any = None) -> None:
        """The session as boto3 makes it from the environment, unless one is given."""
        self._session = session if session is not None else _session(region, profile)
        self._clients: dict[str, Any] = {}
        self._answers: dict[tuple[str, str, str], Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()

    @property
    def region(self) -> str:
        """The Region of every call. Raises NoAccount where none is known."""
        found = self._session.region_name
        if not found:
            raise NoAccount(
                "no Region: give --region or AWS_REGION; preflight also reads aws:region of the stack file"
            )
        return str(found)

    def identity(self) -> str:
        """The account's number. Raises NoAccount where nobody can be reached as anybody."""
        try:
            return str(self.call("sts", "GetCallerIdentity")["Account"])
        except (Denied, Missing, Refused, Failed) as error:
            raise NoAccount(f"cannot tell the account ({error})") from None

    def client(self, service: str) -> Any:
        """The client of a service; making one is not thread-safe in boto3."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = _client(self._session, service, self.region)
            return self._clients[service]

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """The whole answer, all pages, to an operation in AWS's words (`DescribeSubnets`)."""
        key = (service, operation, json.dumps(arguments, sort_keys=True, default=str))
        with self._lock:
            mine = key not in self._answers
            slot = self._answers.setdefault(key, Future())
        if mine:
            try:
                slot.set_result(_ask(self.client(service), operation, arguments))
            except Exception as error:
                slot.set_exception(error)
        return slot.result()


def _session(region: str | None, profile: str | None) -> Any:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise NoAccount(INSTALL) from None
    try:
        # Of the two variables boto3 knows AWS_DEFAULT_REGION only; the AWS CLI, the other SDKs and Pulumi's
        # provider read AWS_REGION (AWS SDKs and Tools Reference Guide, "AWS Region"; botocore 1.44.5).
        return boto3.Session(region_name=region or os.environ.get("AWS_REGION"), profile_name=profile)
    except BotoCoreError as error:
        raise NoAccount(str(error)) from None


def _client(session: Any, service: str, region: str) -> Any:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    patience = Config(connect_timeout=5, read_timeout=30, user_agent_extra="efa-pools")
    try:
        return session.client(service, region_name=region, config=patience)
    except (BotoCoreError, ValueError) as error:
        raise NoAccount(str(error)) from None


def _ask(client: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    from botocore import exceptions as aws
    from botocore import xform_name
    from botocore.parsers import ResponseParserError

    method, action = xform_name(operation), f"{client.meta.service_model.signing_name}:{operation}"
    try:
        if client.can_paginate(method):
            return dict(client.get_paginator(method).paginate(**arguments).build_full_result())
        return dict(getattr(client, method)(**arguments))
    except aws.ClientError as error:
        raise _kind(error, action) from None
    except (aws.NoCredentialsError, aws.PartialCredentialsError) as error:
        message = f"{error}; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise NoAccount(message) from None
    except (aws.CredentialRetrievalError, aws.TokenRetrievalError, aws.SSOError) as error:
        raise NoAccount(f"{error}; log in again") from None
    except (aws.BotoCoreError, ResponseParserError) as error:
        raise Failed(f"{action}: {' '.join(str(error).split())[:300]}") from None


def _kind(error: Any, action: str) -> Exception:
    """The error in our words. The code is EC2's or the service's own."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = f"{action}: {code}: {error.response.get('Error', {}).get('Message', '')}"
    if code in DENIED:
        return Denied(action)
    if code in UNKNOWN_CALLER:
        return NoAccount(f"{said}; check the credentials, or log in again")
    if code.endswith(MISSING) or code in MISSING_TOO:
        return Missing(said)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return (
        Failed(said)
        if status >= 500 or "Throttl" in code or code == "RequestLimitExceeded"
        else Refused(said)
    )
