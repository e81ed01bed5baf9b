"""`efa-pools offerings`: stubbed answers, because moto lacks the call; requests as botocore sends them."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from efa_pools.cli import main
from efa_pools.cli import offerings as command
from efa_pools.preflight.account import Account
from efa_pools.preflight.offerings import hours_problem

from tests.live.accounts import clean_environment, refusing, stubbed

NEEDED = ("offerings", "--instance-type", "p5.48xlarge", "--count", "4", "--hours", "168")
OPERATION = "DescribeCapacityBlockOfferings"


def offering(id: str, price: str, day: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {
        "CapacityBlockOfferingId": id,
        "InstanceType": "p5.48xlarge",
        "InstanceCount": 4,
        "AvailabilityZone": "us-east-2b",
        "StartDate": datetime(2026, 12, day, 11, 30, tzinfo=UTC),
        "EndDate": datetime(2026, 12, day + 7, 11, 30, tzinfo=UTC),
        "CapacityBlockDurationHours": 168,
        "UpfrontFee": price,
        "CurrencyCode": "USD",
        "Tenancy": "default",
    }
    return plain | changes


def run(capsys: Any, monkeypatch: Any, account: Account, *arguments: str) -> tuple[int, str, str]:
    """The command with that account; the arguments that are needed unless others are given."""
    monkeypatch.setattr(command, "Account", lambda region, profile: account)
    code = main(list(arguments or NEEDED))
    out, err = capsys.readouterr()
    return code, out, err


def answers(*found: dict[str, Any]) -> list[Any]:
    return [("ec2", OPERATION, {"CapacityBlockOfferings": list(found)})]


def asked_by_offerings() -> list[str]:
    """The IAM actions of the command's calls."""
    account, asked = refusing("InternalError", 500)
    from efa_pools.preflight.account import Failed
    from efa_pools.preflight.offerings import Wanted, offerings

    with pytest.raises(Failed):
        offerings(account, Wanted("p5.48xlarge", 4, 168))
    return [f"ec2:{one}" for one in asked]


def test_cheapest_first_then_earliest(capsys, monkeypatch) -> None:
    made = answers(
        offering("cb-3", "9000.00"),
        offering("cb-1", "1000.00", 3),
        offering("cb-2", "1000.0", 2),
        offering("cb-4", "?"),
    )
    with stubbed(made) as account:
        code, out, err = run(capsys, monkeypatch, account, *NEEDED, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "") and set(document) == {
        *("instanceType", "ultraserverType", "count", "hours", "region", "offerings")
    }
    assert [one["id"] for one in document["offerings"]] == ["cb-2", "cb-1", "cb-3", "cb-4"]
    assert document["offerings"][0] == {
        "id": "cb-2",
        "instanceType": "p5.48xlarge",
        "count": 4,
        "ultraserverType": None,
        "availabilityZone": "us-east-2b",
        "start": "2026-12-02T11:30:00Z",
        "end": "2026-12-09T11:30:00Z",
        "usableUntil": "2026-12-09T11:00:00Z",
        "durationMinutes": 168 * 60,
        "price": "1000.0",
        "currency": "USD",
    }


def test_the_table_has_price_window_zone_and_id(capsys, monkeypatch) -> None:
    late = offering("cb-9", "500.00", CapacityBlockDurationHours=165, CapacityBlockDurationMinutes=35)
    with stubbed(answers(late)) as account:
        code, out, _ = run(capsys, monkeypatch, account)
    head, row = out.splitlines()
    assert code == 0 and head.split()[0] == "price"
    for part in (
        "500.00 USD",
        "2026-12-01T11:30:00Z",
        "2026-12-08T11:00:00Z",
        "us-east-2b",
        "165 h 35 min",
        "cb-9",
    ):
        assert part in row


def test_pages_are_joined(capsys, monkeypatch) -> None:
    first, second = answers(offering("cb-1", "1.0")), answers(offering("cb-2", "2.0"))
    first[0][2]["NextToken"] = "more"
    with stubbed([*first, *second]) as account:
        _, out, _ = run(capsys, monkeypatch, account, *NEEDED, "--json")
    assert len(json.loads(out)["offerings"]) == 2


def sent(monkeypatch: Any, capsys: Any, *arguments: str) -> dict[str, Any]:
    """The request's parameters as they go to EC2."""
    found: dict[str, Any] = {}
    with stubbed(answers()) as account:
        client = account.client("ec2")
        client.meta.events.register("provide-client-params", lambda params, **_: found.update(params))
        assert run(capsys, monkeypatch, account, *arguments)[0] == 1
    return found


def test_the_request_has_what_was_asked(capsys, monkeypatch) -> None:
    later = ("--after", "2026-12-01", "--before", "2026-12-31T12:00:00+01:00")
    assert sent(monkeypatch, capsys, *NEEDED, *later) == {
        "InstanceType": "p5.48xlarge",
        "InstanceCount": 4,
        "CapacityDurationHours": 168,
        "StartDateRange": datetime(2026, 12, 1, tzinfo=UTC),
        "EndDateRange": datetime(2026, 12, 31, 11, tzinfo=UTC),
    }
    ultra = ("offerings", "--ultraserver-type", "u-p6e-gb200x72", "--count", "2", "--hours", "24")
    assert sent(monkeypatch, capsys, *ultra) == {
        "UltraserverType": "u-p6e-gb200x72",
        "UltraserverCount": 2,
        "CapacityDurationHours": 24,
    }


def test_ultraservers_end_an_hour_earlier(capsys, monkeypatch) -> None:
    with stubbed(answers(offering("cb-1", "1.0", UltraserverType="u-p6e-gb200x72"))) as account:
        _, out, _ = run(capsys, monkeypatch, account, *NEEDED, "--json")
    assert json.loads(out)["offerings"][0]["usableUntil"] == "2026-12-08T10:30:00Z"


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_offering_exits_1_with_the_reason(capsys, monkeypatch, form) -> None:
    with stubbed(answers()) as account:
        code, out, err = run(capsys, monkeypatch, account, *NEEDED, *form)
    reason = json.loads(out)["reason"] if form else err
    assert code == 1 and "4 x p5.48xlarge for 168 hours" in reason and "us-east-2" in reason
    assert not (out if not form else err)


def test_a_type_that_is_never_sold_so_says_so(capsys, monkeypatch) -> None:
    arguments = ("offerings", "--instance-type", "hpc7a.96xlarge", "--count", "1", "--hours", "24")
    with stubbed(answers()) as account:
        code, _, err = run(capsys, monkeypatch, account, *arguments)
    assert code == 1 and "not sold in blocks (on-demand)" in err


def test_ultraservers_are_asked_for_as_such(capsys, monkeypatch) -> None:
    arguments = ("offerings", "--instance-type", "p6e-gb200.36xlarge", "--count", "9", "--hours", "24")
    with stubbed(answers()) as account:
        code, _, err = run(capsys, monkeypatch, account, *arguments)
    assert code == 1 and "--ultraserver-type u-p6e-gb200x36 or u-p6e-gb200x72" in err


def test_ec2s_refusal_is_the_reason(capsys, monkeypatch) -> None:
    with stubbed([("ec2", OPERATION, "InvalidParameterValue")]) as account:
        code, out, _ = run(capsys, monkeypatch, account, *NEEDED, "--json")
    assert code == 1 and "InvalidParameterValue: said so" in json.loads(out)["reason"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UnauthorizedOperation", "not allowed to call ec2:DescribeCapacityBlockOfferings"),
        ("AuthFailure", "check the credentials"),
        ("RequestLimitExceeded", "RequestLimitExceeded"),
    ],
)
def test_errors_exit_2(capsys, monkeypatch, code, said) -> None:
    with stubbed([("ec2", OPERATION, code)]) as account:
        found, out, err = run(capsys, monkeypatch, account)
    assert (found, out) == (2, "") and said in err


WRONG = [
    ((), "--instance-type"),
    (NEEDED[:3], "--count is missing"),
    (NEEDED[:5], "--hours is missing"),
    ((*NEEDED, "--ultraserver-type", "u-p6e-gb200x72"), "--ultraserver-type"),
    ((*NEEDED[:4], "0", *NEEDED[5:]), "--count: 0"),
    ((*NEEDED[:6], "30"), "nearest: 24"),
    ((*NEEDED, "--after", "soon"), "--after: 'soon'"),
    ((*NEEDED, "--before", "2026-12-01T11:30:00"), "--before"),
    ((*NEEDED, "--after", "2026-12-02", "--before", "2026-12-02T01:00:00+01:00"), "a time after --after"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=[row[1] for row in WRONG])
def test_wrong_usage_exits_2(capsys, monkeypatch, arguments, said) -> None:
    account, asked = refusing("InternalError", 500)
    code, out, err = run(capsys, monkeypatch, account, *(arguments or ("offerings",)))
    assert (code, out, asked) == (2, "", []) and said in err


def test_durations_that_ec2_sells() -> None:
    """By EC2's text: 1-day steps to 14 days, then 7-day steps to 182."""
    fine = [days for days in range(-1, 200) if hours_problem(days * 24) is None]
    assert fine == [*range(1, 15), *range(21, 183, 7)]
    assert all(hours_problem(hours) for hours in (0, 1, 25, -24))


def test_without_credentials_or_region(capsys, monkeypatch) -> None:
    clean_environment(monkeypatch, "http://127.0.0.1:9")
    assert main(list(NEEDED)) == 2 and "no Region" in capsys.readouterr().err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert main([*NEEDED, "--region", "us-east-2"]) == 2
    assert "AWS_PROFILE" in capsys.readouterr().err
    assert main([*NEEDED, "--profile", "nobody"]) == 2 and "nobody" in capsys.readouterr().err


def test_the_region_of_the_environment(monkeypatch) -> None:
    """AWS's own tools agree on AWS_REGION, which boto3 does not read."""
    clean_environment(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert Account().region == "us-west-2"
    monkeypatch.setenv("AWS_REGION", "us-east-2")
    assert Account().region == "us-east-2" and Account("eu-west-1").region == "eu-west-1"


def test_without_boto3_it_says_what_to_install(capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert main([*NEEDED, "--region", "us-east-2"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "pip install 'efa-pools[cli]'" in err
