"""Security group rules (AuthorizeSecurityGroupIngress and -Egress), which differ in their direction only."""

import ipaddress

from sandbox.core.kinds import Asked, Kind
from sandbox.core.naming import arn, new_id
from sandbox.core.references import EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, outputs_of
from sandbox.core.request_table import RULE_SOURCES
from sandbox.core.values import UNKNOWN, Refused, Values, known

_PEER = ("securityGroupId", *RULE_SOURCES, "ipProtocol", "fromPort", "toPort")


def _rules(inputs: Values) -> list[Refused]:
    if inputs.get("ipProtocol") is None:
        return [Refused("MissingParameter", "The request must contain the parameter ipProtocol")]
    return [*_source(inputs), *_ports(inputs)]


def _source(inputs: Values) -> list[Refused]:
    given = [source for source in RULE_SOURCES if inputs.get(source) is not None]
    if len(given) != 1:
        message = f"exactly one of {', '.join(RULE_SOURCES)} must be given, not {len(given)}"
        return [Refused("InvalidParameterCombination", message)]
    block = known(inputs, given[0])
    network = {"cidrIpv4": ipaddress.IPv4Network, "cidrIpv6": ipaddress.IPv6Network}.get(given[0])
    if block is not None and network is not None:
        try:
            network(block)
        except ValueError:
            return [Refused("InvalidParameterValue", f"CIDR block {block} is malformed")]
    return []


def _ports(inputs: Values) -> list[Refused]:
    protocol = known(inputs, "ipProtocol")
    ports = [known(inputs, "fromPort"), known(inputs, "toPort")]
    given = [port for port in ports if port is not None]
    if protocol in ("-1", "all") and given:
        message = (
            "You may not specify all protocols and specific ports. Please specify each protocol and port "
            "range combination individually, or all protocols and no port range."
        )
        return [Refused("InvalidParameterValue", message)]
    missing = inputs.get("fromPort") is None or inputs.get("toPort") is None
    if protocol in ("tcp", "udp", "6", "17") and missing:
        message = "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."
        return [Refused("InvalidParameterValue", message)]
    if len(given) == 2 and protocol in ("tcp", "udp", "6", "17") and not 0 <= given[0] <= given[1] <= 65535:
        return [Refused("InvalidParameterValue", f"Invalid port range {given[0]} to {given[1]}")]
    return []


def _refuse(asked: Asked, type: str) -> None:
    group = outputs_of(asked, SECURITY_GROUP, asked.inputs.get("securityGroupId"))
    peer = outputs_of(asked, SECURITY_GROUP, asked.inputs.get("referencedSecurityGroupId"))
    if group and peer and group["vpcId"] != peer["vpcId"]:
        both = f"{group['id']} and {peer['id']}"
        message = f"You have specified two resources that belong to different networks: {both}"
        raise Refused("InvalidGroup.NotFound", message)
    wanted = [asked.inputs.get(key) for key in _PEER]
    if UNKNOWN in wanted:
        return
    for rule in asked.store.all(type):
        if [rule["outputs"].get(key) for key in _PEER] == wanted:
            source = next(value for value in wanted[1:5] if value is not None)
            message = (
                f'the specified rule "peer: {source}, {asked.inputs["ipProtocol"]}, ALLOW" already exists'
            )
            raise Refused("InvalidPermission.Duplicate", message)


def _make(asked: Asked) -> tuple[str, Values]:
    place = asked.store.place
    id = new_id(place, "sgr", asked.name, *(str(asked.inputs.get(key)) for key in _PEER))
    return id, {"securityGroupRuleId": id, "arn": arn(place, "ec2", f"security-group-rule/{id}")}


def _kind(type: str) -> Kind:
    return Kind(
        type=type,
        computed=("arn", "securityGroupRuleId", "tagsAll"),
        rules=_rules,
        refuse=lambda asked: _refuse(asked, type),
        make=_make,
    )


INGRESS = _kind(INGRESS_RULE)
EGRESS = _kind(EGRESS_RULE)
