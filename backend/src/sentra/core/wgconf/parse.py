"""Reads a wg-quick file: all that it says, all that is wrong with it at once, and the text itself without a change."""

import unicodedata
from collections import defaultdict
from typing import Final

from msgspec import Struct

from sentra.core.addresses import canonical_interface_address
from sentra.core.endpoints import canonical_endpoint, canonical_host
from sentra.core.keys import checked_public_key, checked_secret_key
from sentra.core.peers import PeerSpec
from sentra.core.wgconf import values
from sentra.core.wgconf.configuration import Configuration, FileInterface, FilePeer
from sentra.core.wgconf.findings import Findings, Hook, Ignored, Problem
from sentra.core.wgconf.names import name_in
from sentra.core.wgconf.text import Line, Section, lines_of, sections_of, text_of
from sentra.core.wgconf.values import Given

HOOKS: Final = frozenset({"preup", "postup", "predown", "postdown"})
INTERFACE_KEYS: Final = frozenset(
    {"privatekey", "listenport", "fwmark", "address", "dns", "mtu", "table", "saveconfig"}
)
PEER_KEYS: Final = frozenset({"publickey", "presharedkey", "allowedips", "endpoint", "persistentkeepalive"})
SEVERAL: Final = frozenset({"address", "dns", "allowedips"})
"""Keys whose lines add up; of any other the last line counts."""

_SAVE_CONFIG: Final = (
    "With SaveConfig wg-quick overwrites the file with what runs whenever it takes the interface down."
)
_LONGEST_KEY: Final = 64
_UNKNOWN: Final = "WireGuard does not know this key."


class Parsed(Struct, frozen=True):
    """A file that was read. `str()` of it is the text that it was read from, to the byte. `peer_lines` has the number
    of the line at which each peer of the configuration begins.

    `repr` shows nothing, since the lines hold the private key.
    """

    configuration: Configuration
    hooks: tuple[Hook, ...]
    ignored: tuple[Ignored, ...]
    problems: tuple[Problem, ...]
    lines: tuple[Line, ...]
    peer_lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        return text_of(self.lines)

    def __repr__(self) -> str:
        return f"Parsed({len(self.lines)} lines)"


def parse(text: str) -> Parsed:
    """Read the text of a wg-quick file. Raises nothing: what is wrong is in `problems`, with the number of its line.

    For a text from bytes that may be no UTF-8, decode with `surrogateescape`, and every byte comes back.
    """
    lines = lines_of(text)
    sections = sections_of(lines)
    findings = Findings()
    _report(lines, sections, findings)
    interface = _interface(lines, sections, findings)
    peers = _peers(lines, sections, findings)
    return Parsed(
        Configuration(interface, tuple(peers.values())),
        findings.hooks,
        findings.ignored,
        findings.problems,
        tuple(lines),
        tuple(peers),
    )


def is_hook(key: str) -> bool:
    """Tell whether a key names a command, also where somebody took trouble to make it look like another."""
    plain = unicodedata.normalize("NFKC", key[:_LONGEST_KEY]).casefold()
    return "".join(each for each in plain if each.isascii() and each.isalpha()) in HOOKS


def given_in(lines: list[Line], section: Section) -> list[tuple[int, Line, str]]:
    """Give the settings of a section: index, line, key in lower case."""
    numbered = ((index, lines[index]) for index in range(section.header + 1, section.end))
    return [(index, line, line.key.lower()) for index, line in numbered if line.key]


def peer_in(lines: list[Line], section: Section, findings: Findings) -> PeerSpec | None:
    """Read a peer; None where it has no key of its own, and what else it says is checked all the same."""
    given = _given(lines, section, PEER_KEYS)
    _ignore_repeated(given, lines, findings)
    spec = PeerSpec(
        public_key=values.one(given["publickey"], checked_public_key, "", findings),
        preshared_key=values.one(given["presharedkey"], values.preshared_key, None, findings),
        allowed_ips=values.allowed_ips(given["allowedips"], findings),
        endpoint=values.one(given["endpoint"], canonical_endpoint, None, findings),
        persistent_keepalive=values.one(given["persistentkeepalive"], values.keepalive, 0, findings),
    )
    if not given["publickey"]:
        findings.problem(section.header + 1, "This peer has no PublicKey.")
    return spec if spec.public_key else None


def _report(lines: list[Line], sections: list[Section], findings: Findings) -> None:
    """Find what belongs to no setting: hooks, strange keys and sections, settings outside their section."""
    first = sections[0].header if sections else len(lines)
    for index in range(first):
        if lines[index].key:
            _report_key(index, lines[index], "", findings)
    for section in sections:
        if section.name not in ("[interface]", "[peer]"):
            findings.problem(section.header + 1, "A section is [Interface] or [Peer].")
        for index, line, _ in given_in(lines, section):
            _report_key(index, line, section.name, findings)


def _report_key(index: int, line: Line, section: str, findings: Findings) -> None:
    key, number = line.key.lower(), index + 1
    if is_hook(line.key):
        if line.value or "=" not in line.text:
            findings.hook(number, line.text.strip())
    elif key not in INTERFACE_KEYS | PEER_KEYS:
        _report_unknown(number, line, findings)
    elif key == "saveconfig":
        findings.ignore(number, line.text.strip(), _SAVE_CONFIG)
    elif section not in ("[interface]", "[peer]"):
        findings.problem(number, "This line is in no section that WireGuard knows.")
    elif (key in PEER_KEYS) != (section == "[peer]"):
        findings.problem(
            number, f"{values.SPELLING[key]} belongs to {'[Peer]' if key in PEER_KEYS else '[Interface]'}."
        )


def _report_unknown(number: int, line: Line, findings: Findings) -> None:
    if "=" in line.text.partition("#")[0]:
        findings.ignore(number, line.text.strip(), _UNKNOWN)
    else:
        findings.problem(number, "A line is a section, key = value, or a comment after #.")


def _interface(lines: list[Line], sections: list[Section], findings: Findings) -> FileInterface:
    """Read the interface; several of its sections are one, as for `wg`."""
    given: dict[str, list[Given]] = defaultdict(list)
    name = ""
    for section in sections:
        if section.name == "[interface]":
            name = name or name_in(lines, section)
            for key, those in _given(lines, section, INTERFACE_KEYS).items():
                given[key] += those
    _ignore_repeated(given, lines, findings)
    addresses = values.several(given["address"], canonical_interface_address, findings)
    return FileInterface(
        name=name,
        private_key=values.one(given["privatekey"], checked_secret_key, None, findings),
        addresses=addresses,
        dns=values.several(given["dns"], canonical_host, findings),
        listen_port=values.one(given["listenport"], values.listen_port, 0, findings),
        fwmark=values.one(given["fwmark"], values.fwmark, 0, findings),
        mtu=values.one(given["mtu"], lambda text: values.mtu(text, addresses), 0, findings),
        table=values.one(given["table"], values.table, "auto", findings),
    )


def _peers(lines: list[Line], sections: list[Section], findings: Findings) -> dict[int, FilePeer]:
    """Read the peers, by the number of the line at which each begins."""
    peers: dict[int, FilePeer] = {}
    first_lines: dict[str, int] = {}
    for section in sections:
        if section.is_peer:
            spec = peer_in(lines, section, findings)
            if spec is not None and spec.public_key in first_lines:
                earlier = first_lines[spec.public_key]
                findings.problem(section.header + 1, f"The peer of line {earlier} has the same public key.")
            elif spec is not None:
                first_lines[spec.public_key] = section.header + 1
                peers[section.header + 1] = FilePeer(spec, name_in(lines, section))
    return peers


def _given(lines: list[Line], section: Section, keys: frozenset[str]) -> dict[str, list[Given]]:
    given: dict[str, list[Given]] = defaultdict(list)
    for index, line, key in given_in(lines, section):
        if key in keys:
            given[key].append(Given(index + 1, key, line.value))
    return given


def _ignore_repeated(given: dict[str, list[Given]], lines: list[Line], findings: Findings) -> None:
    for key, those in given.items():
        if key not in SEVERAL:
            for each in those[:-1]:
                findings.ignore(each.line, lines[each.line - 1].text.strip(), f"Line {those[-1].line} says it again.")
