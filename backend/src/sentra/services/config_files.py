"""The config file of a peer: what is in it, which revision it is, and when a peer has to import it again."""

import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from sentra.core.addresses import sort_prefixes
from sentra.core.endpoints import joined_endpoint
from sentra.core.errors import Conflict, WrongValue
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.core.secrets import Secret
from sentra.core.wanted import networks
from sentra.core.wgconf.configuration import Configuration
from sentra.core.wgconf.export import client_config, client_configuration, client_template
from sentra.services.sealing import name_of

CLIENT_KEEPALIVE: Final = 25
"""Seconds after which a peer behind a NAT says that it is there, where nobody chose otherwise (`man wg`)."""
REVISION_CHARACTERS: Final = 16


def config_revision(interface: Interface, peer: Peer) -> str:
    """Give the revision of a peer's config file; empty while its interface has no key.

    It changes with everything that the file says, its secrets included, and with nothing else: not with the name, nor
    with how another version of Sentra writes the same.
    """
    if interface.public_key is None:
        return ""
    secrets = name_of(peer.preshared_sealed or b"")
    said = msgspec.json.encode((_settings(interface, peer), interface.public_key, peer.public_key, secrets))
    return hashlib.sha256(said).hexdigest()[:REVISION_CHARACTERS]


def must_reimport(interface: Interface, peer: Peer) -> bool:
    """Tell whether a peer was given a config file that is not right any more."""
    return peer.given_revision is not None and peer.given_revision != config_revision(interface, peer)


def template_text(interface: Interface, peer: Peer) -> str:
    """Give a peer's config file without its secrets. Raises Conflict while the interface has no key."""
    try:
        return client_template(_configuration(interface, peer))
    except WrongValue as error:
        raise Conflict(f"The config file of {peer.name} cannot be written: {error}") from error


def config_text(interface: Interface, peer: Peer, private_key: Secret, preshared_key: Secret | None) -> str:
    """Give a peer's config file with its secrets. Raises Conflict as `template_text`."""
    try:
        return client_config(_configuration(interface, peer), private_key, preshared_key)
    except WrongValue as error:
        raise Conflict(f"The config file of {peer.name} cannot be written: {error}") from error


def effective_client_allowed_ips(interface: Interface, peer: Peer) -> tuple[str, ...]:
    """Give what a peer sends into the tunnel: what was chosen, else everything where the interface masquerades, else
    the interface's own networks."""
    if peer.client_allowed_ips is not None:
        return peer.client_allowed_ips
    if interface.masquerade:
        families = {":" in address for address in (*peer.addresses, *interface.addresses)}
        return tuple("::/0" if is_v6 else "0.0.0.0/0" for is_v6 in sorted(families))
    return sort_prefixes((*networks(interface), *interface.pools))


class _Settings(Struct, frozen=True):
    """What a config file says beside keys and name."""

    addresses: tuple[str, ...]
    allowed_ips: tuple[str, ...]
    endpoint: str | None
    persistent_keepalive: int
    dns: tuple[str, ...]
    mtu: int


def _settings(interface: Interface, peer: Peer) -> _Settings:
    port = interface.public_port or interface.listen_port
    return _Settings(
        addresses=peer.addresses,
        allowed_ips=effective_client_allowed_ips(interface, peer),
        endpoint=joined_endpoint(interface.public_host, port) if interface.public_host and port else None,
        persistent_keepalive=CLIENT_KEEPALIVE if peer.client_keepalive is None else peer.client_keepalive,
        dns=interface.dns if peer.dns is None else peer.dns,
        mtu=peer.mtu or interface.mtu,
    )


def _configuration(interface: Interface, peer: Peer) -> Configuration:
    if interface.public_key is None:
        raise Conflict(f"The node has not made the key of {interface.name} yet. Try again in a moment.")
    settings = msgspec.structs.asdict(_settings(interface, peer))
    return client_configuration(name=peer.name, public_key=interface.public_key, **settings)
