"""Writes wg-quick files. Every value is checked where it is written, so none becomes a line, a key or a section.

A peer's name goes into a comment; notes go nowhere.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from sentra.core.addresses import canonical_interface_address, canonical_prefix
from sentra.core.endpoints import canonical_dns, canonical_endpoint, checked_port
from sentra.core.keys import checked_public_key, checked_secret_key, key_text
from sentra.core.link_settings import checked_fwmark, checked_keepalive, checked_mtu, checked_table
from sentra.core.peers import PeerSpec
from sentra.core.secrets import Secret
from sentra.core.wgconf.configuration import Configuration, FileInterface, FilePeer
from sentra.core.wgconf.names import NAME_LABEL, name_comment

REVISION_CHARACTERS: Final = 16


def interface_file(configuration: Configuration) -> str:
    """Give the text of a file that `parse` reads as this configuration, names apart, which are tidied.

    Raises WrongValue for a value that no file can hold.
    """
    blocks = [_interface_lines(configuration.interface), *(peer_lines(peer) for peer in configuration.peers)]
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks)


def client_configuration(
    *,
    name: str,
    addresses: tuple[str, ...],
    public_key: str,
    allowed_ips: tuple[str, ...],
    endpoint: str | None = None,
    persistent_keepalive: int = 0,
    dns: tuple[str, ...] = (),
    mtu: int = 0,
) -> Configuration:
    """Give the configuration of a peer's own side. `public_key` and `endpoint` are those of the interface that it
    reaches, `addresses` its own ones, `allowed_ips` what it sends into the tunnel."""
    there = PeerSpec(public_key, allowed_ips, endpoint=endpoint, persistent_keepalive=persistent_keepalive)
    return Configuration(FileInterface(name=name, addresses=addresses, dns=dns, mtu=mtu), (FilePeer(there),))


def client_template(configuration: Configuration) -> str:
    """Give the text of a peer's config file without its secrets.

    Its first line is `[Interface]`, which `PrivateKey` belongs right below; `PresharedKey` belongs below the only line
    that begins with `PublicKey`. With both it is what `client_config` gives.
    """
    peers = tuple(replace(peer, spec=replace(peer.spec, preshared_key=None)) for peer in configuration.peers)
    return interface_file(Configuration(replace(configuration.interface, private_key=None), peers))


def client_config(configuration: Configuration, private_key: Secret, preshared_key: Secret | None = None) -> str:
    """Give the text of a peer's config file with its secrets."""
    peers = tuple(replace(peer, spec=replace(peer.spec, preshared_key=preshared_key)) for peer in configuration.peers)
    return interface_file(Configuration(replace(configuration.interface, private_key=private_key), peers))


def revision_of(template: str) -> str:
    """Give the revision of a config file: the beginning of the SHA-256 of its template, hexadecimal.

    The name is no part of it: a peer that is called differently need not import its file again.
    """
    settings = [line for line in template.split("\n") if not line.startswith(NAME_LABEL)]
    return hashlib.sha256("\n".join(settings).encode()).hexdigest()[:REVISION_CHARACTERS]


def peer_settings(spec: PeerSpec) -> dict[str, str]:
    """Give what a file says of a peer beside its key: values by key, in the order in which they are written."""
    allowed_ips = (canonical_prefix(each, default_route=True) for each in spec.allowed_ips)
    settings = {
        "PresharedKey": _key_text(spec.preshared_key),
        "AllowedIPs": ", ".join(allowed_ips),
        "Endpoint": "" if spec.endpoint is None else canonical_endpoint(spec.endpoint),
        "PersistentKeepalive": str(checked_keepalive(spec.persistent_keepalive) or ""),
    }
    return {key: value for key, value in settings.items() if value}


def peer_lines(peer: FilePeer) -> Iterator[str]:
    """Give the lines of a `[Peer]`."""
    yield "[Peer]"
    yield from _name(peer.name)
    yield f"PublicKey = {checked_public_key(peer.spec.public_key)}"
    yield from _settings(peer_settings(peer.spec))


def _interface_lines(interface: FileInterface) -> Iterator[str]:
    fwmark = checked_fwmark(interface.fwmark)
    table = checked_table(interface.table)
    yield "[Interface]"
    yield from _settings({"PrivateKey": _key_text(interface.private_key)})
    yield from _name(interface.name)
    yield from _settings(
        {
            "Address": _joined(canonical_interface_address(each) for each in interface.addresses),
            "DNS": _joined(canonical_dns(interface.dns)),
            "ListenPort": str(checked_port(interface.listen_port, automatic=True) or ""),
            "FwMark": f"{fwmark:#x}" if fwmark else "",
            "MTU": str(checked_mtu(interface.mtu, interface.addresses) or ""),
            "Table": "" if table == "auto" else table,
        }
    )


def _settings(settings: dict[str, str]) -> Iterator[str]:
    return (f"{key} = {value}" for key, value in settings.items() if value)


def _name(name: str) -> Iterator[str]:
    comment = name_comment(name)
    if comment != NAME_LABEL:
        yield comment


def _joined(values: Iterable[str]) -> str:
    return ", ".join(values)


def _key_text(key: Secret | None) -> str:
    if key is None:
        return ""
    text = key_text(key.reveal())
    checked_secret_key(text)
    return text
