"""The config file of a peer: what is in it, which revision it is, and when a peer has to import it again."""

import hashlib
from typing import Final

from sentra.core.addresses import sort_prefixes
from sentra.core.endpoints import joined_endpoint
from sentra.core.errors import Conflict, WrongValue
from sentra.core.interfaces import Interface
from sentra.core.peers import Peer
from sentra.core.secrets import Secret
from sentra.core.wanted import networks
from sentra.core.wgconf.configuration import Configuration
from sentra.core.wgconf.export import (
    REVISION_CHARACTERS,
    client_config,
    client_configuration,
    client_template,
    revision_of,
)

CLIENT_KEEPALIVE: Final = 25
"""Seconds after which a peer behind a NAT says that it is there, where nobody chose otherwise (`man wg`)."""
_REMEMBERED: Final = 50_000


class ConfigRevisions:
    """Gives revisions of config files; remembers them by everything that they are made of."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], str] = {}

    def __call__(self, interface: Interface, peer: Peer) -> str:
        """Give the revision of a peer's config file; empty while its interface has no key.

        It changes with everything in the file but the name, the secrets included.
        """
        parts = (*_of_interface(interface), *_of_peer(peer))
        known = self._known.get(parts)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[parts] = _revision(interface, peer)
        return known

    def must_reimport(self, interface: Interface, peer: Peer) -> bool:
        """Tell whether a peer was given a config file that is not right any more."""
        return peer.given_revision is not None and peer.given_revision != self(interface, peer)


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


def _configuration(interface: Interface, peer: Peer) -> Configuration:
    if interface.public_key is None:
        raise Conflict(f"The node has not made the key of {interface.name} yet. Try again in a moment.")
    port = interface.public_port or interface.listen_port
    return client_configuration(
        name=peer.name,
        addresses=peer.addresses,
        public_key=interface.public_key,
        allowed_ips=effective_client_allowed_ips(interface, peer),
        endpoint=joined_endpoint(interface.public_host, port) if interface.public_host and port else None,
        persistent_keepalive=CLIENT_KEEPALIVE if peer.client_keepalive is None else peer.client_keepalive,
        dns=interface.dns if peer.dns is None else peer.dns,
        mtu=peer.mtu or interface.mtu,
    )


def _revision(interface: Interface, peer: Peer) -> str:
    try:
        template = client_template(_configuration(interface, peer))
    except (Conflict, WrongValue):
        return ""
    secrets = hashlib.sha256(peer.preshared_sealed or b"").hexdigest()
    text = f"{revision_of(template)} {peer.public_key} {secrets}"
    return hashlib.sha256(text.encode()).hexdigest()[:REVISION_CHARACTERS]


def _of_interface(interface: Interface) -> tuple[object, ...]:
    return (
        interface.public_key,
        interface.listen_port,
        interface.public_host,
        interface.public_port,
        interface.addresses,
        interface.pools,
        interface.dns,
        interface.mtu,
        interface.masquerade,
    )


def _of_peer(peer: Peer) -> tuple[object, ...]:
    return (
        peer.public_key,
        peer.addresses,
        peer.client_allowed_ips,
        peer.client_keepalive,
        peer.dns,
        peer.mtu,
        peer.preshared_sealed,
    )
