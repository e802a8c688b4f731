"""The packet filter's rules as `nft -j` reads and writes them: `man libnftables-json`. Nothing is run here."""

import ipaddress
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sentra.core.addresses import sort_prefixes

FAMILY: Final = "inet"
PREFIX: Final = "sentra_"
"""Our tables are `inet sentra_NAME`, one for each interface that masquerades."""

_SPELLED: Final = str.maketrans({"=": "/3d", "+": "/2b"})
"""Characters of interface names that nft's own language has no place for in the name of a table."""
_SRCNAT_PRIORITY, _MANGLE_PRIORITY = 100, -150

Entry = dict[str, Any]


def table_of(interface: str) -> str:
    """Give the name of an interface's table."""
    return PREFIX + interface.translate(_SPELLED)


def replacing(interface: str, networks: Iterable[str]) -> bytes:
    """Give the commands that put an interface's table in the place of the one that is there; none without networks.

    nft makes them one transaction, so no packet meets half of it.
    """
    table = {"family": FAMILY, "name": table_of(interface)}
    # Added first, because deleting a table that is not there is an error.
    commands: list[Entry] = [{"add": {"table": table}}, {"delete": {"table": table}}]
    if networks := tuple(networks):
        commands += [{"add": part} for part in ({"table": table}, *_parts(interface, networks))]
    return json.dumps({"nftables": commands}).encode("ascii")


def masqueraded(entries: Iterable[Entry], interface: str) -> tuple[str, ...]:
    """Give the networks that an interface's table masquerades, as `replacing` would have it."""
    rules = [entry["rule"] for entry in entries if "rule" in entry and _is_of(entry["rule"], interface)]
    return sort_prefixes(network for rule in rules if (network := _masqueraded_network(rule, interface)))


def masqueraded_anywhere(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Give the networks that our tables masquerade, of all interfaces."""
    rules = [entry["rule"] for entry in entries if "rule" in entry and is_ours(entry["rule"])]
    return sort_prefixes(network for rule in rules if (network := _masqueraded_network(rule, None)))


def entries_of(output: bytes) -> list[Entry]:
    """Give what `nft -j list` printed. Raises ValueError for anything else."""
    return list(json.loads(output)["nftables"])


def is_ours(part: Entry) -> bool:
    """Tell whether a chain or rule is in a table of ours."""
    return bool(part["family"] == FAMILY and part["table"].startswith(PREFIX))


def foreign_translation(entries: list[Entry]) -> frozenset[int]:
    """Tell for which IP versions somebody else translates the addresses of forwarded packets: Docker, for instance."""
    chains = [chain for chain in _foreign_chains(entries, "postrouting") if chain.get("type") == "nat"]
    used = [chain for chain in chains if any(_rules_of(entries, chain))]
    return frozenset(version for chain in used for version in _versions(chain))


def closed_forwarding(entries: list[Entry], interface: str, versions: frozenset[int]) -> list[str]:
    """Name the chains of others that drop forwarded packets unless a rule accepts them, and have none for the
    interface."""
    return [
        f"table {chain['family']} {chain['table']}, chain {chain['name']}"
        for chain in _foreign_chains(entries, "forward")
        if _versions(chain) & versions
        and (chain.get("policy") == "drop" or _ends_closed(list(_rules_of(entries, chain))))
        and not any(_accepts(entry["rule"], chain, interface) for entry in entries if "rule" in entry)
    ]


def _parts(interface: str, networks: tuple[str, ...]) -> Iterator[Entry]:
    yield _chain(interface, "postrouting", "nat", _SRCNAT_PRIORITY)
    yield _chain(interface, "forward", "filter", _MANGLE_PRIORITY)
    for network in networks:
        # Not on loopback: what this machine says to itself keeps its address.
        leaves = (_link("oifname", "!=", "lo"), _link("oifname", "!=", interface))
        yield _rule(interface, "postrouting", _source(network), *leaves, {"masquerade": None})
    # The tunnel's packets are smaller than the internet's: without this, connections through it stall where
    # somebody on the way drops the ICMP messages that tell so. `rt mtu` lowers the size and never raises it.
    for direction in ("iifname", "oifname"):
        yield _rule(interface, "forward", _link(direction, "==", interface), _SYN, _CLAMP)


def _chain(interface: str, name: str, kind: str, priority: int) -> Entry:
    fields = {"type": kind, "hook": name, "prio": priority, "policy": "accept"}
    return {"chain": {"family": FAMILY, "table": table_of(interface), "name": name, **fields}}


def _rule(interface: str, chain: str, *statements: Entry) -> Entry:
    return {"rule": {"family": FAMILY, "table": table_of(interface), "chain": chain, "expr": list(statements)}}


def _source(network: str) -> Entry:
    parsed = ipaddress.ip_network(network)
    protocol = "ip" if parsed.version == 4 else "ip6"
    prefix = {"prefix": {"addr": str(parsed.network_address), "len": parsed.prefixlen}}
    return _match("==", {"payload": {"protocol": protocol, "field": "saddr"}}, prefix)


def _link(key: str, operator: str, interface: str) -> Entry:
    return _match(operator, {"meta": {"key": key}}, interface)


def _match(operator: str, left: Entry, right: Entry | str) -> Entry:
    return {"match": {"op": operator, "left": left, "right": right}}


_SYN: Final = _match("==", {"&": [{"payload": {"protocol": "tcp", "field": "flags"}}, {"|": ["syn", "rst"]}]}, "syn")
_CLAMP: Final = {
    "mangle": {
        "key": {"tcp option": {"name": "maxseg", "field": "size"}},
        "value": {"rt": {"key": "mtu"}},
    }
}


def _is_of(rule: Entry, interface: str) -> bool:
    return is_ours(rule) and rule["table"] == table_of(interface)


def _masqueraded_network(rule: Entry, interface: str | None) -> str | None:
    """Give the network of a rule that is one of `_parts`; of any interface where none is named."""
    match rule.get("expr"):
        case [
            {"match": {"op": "==", "left": {"payload": {"field": "saddr"}}, "right": source}},
            {"match": {"op": "!=", "left": {"meta": {"key": "oifname"}}, "right": "lo"}},
            {"match": {"op": "!=", "left": {"meta": {"key": "oifname"}}, "right": str(link)}},
            {"masquerade": _},
        ] if interface in {None, link}:
            return _network(source)
    return None


def _network(source: Entry | str) -> str:
    # A whole address is listed without its prefix length.
    if isinstance(source, str):
        return str(ipaddress.ip_network(source))
    return f"{source['prefix']['addr']}/{source['prefix']['len']}"


def _foreign_chains(entries: list[Entry], hook: str) -> list[Entry]:
    chains = [entry["chain"] for entry in entries if "chain" in entry]
    return [chain for chain in chains if chain.get("hook") == hook and _versions(chain) and not is_ours(chain)]


def _rules_of(entries: list[Entry], chain: Entry) -> Iterator[Entry]:
    for entry in entries:
        rule = entry.get("rule")
        if rule and _is_in_table_of(rule, chain) and rule["chain"] == chain["name"]:
            yield rule


def _is_in_table_of(rule: Entry, chain: Entry) -> bool:
    return bool((rule["family"], rule["table"]) == (chain["family"], chain["table"]))


def _versions(chain: Entry) -> frozenset[int]:
    return {"ip": frozenset({4}), "ip6": frozenset({6}), "inet": frozenset({4, 6})}.get(chain["family"], frozenset())


def _ends_closed(rules: list[Entry]) -> bool:
    """Tell whether the last rule stops everything, as firewalld's does."""
    if not rules:
        return False
    words = [word for statement in rules[-1].get("expr", ()) for word in statement or () if word != "counter"]
    return words in (["drop"], ["reject"])


def _accepts(rule: Entry, chain: Entry, interface: str) -> bool:
    statements = rule.get("expr", ())
    comes_in = _link("iifname", "==", interface)
    return _is_in_table_of(rule, chain) and comes_in in statements and {"accept": None} in statements
