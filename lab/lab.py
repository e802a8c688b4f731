"""A WireGuard interface with peers that behave like people's: they handshake, talk, roam, go silent and come back."""

import contextlib
import socket
from dataclasses import dataclass
from typing import Self

from lab.traffic import send, socket_in
from lab.wireguard import Interface, Namespace


@dataclass
class Peer:
    """The other end of a tunnel, in a namespace of its own."""

    namespace: Namespace
    interface: Interface
    address: str
    socket: socket.socket


class Lab:
    """`NAME0` in this namespace, and peers `NAME1` … each in its own.

    `tunnel` and `networks` are the first two numbers of the addresses inside and outside of the tunnels: TUNNEL.0.1
    and TUNNEL.N.2, NETWORKS.N.1 and NETWORKS.N.2. Labs that run side by side need others.
    """

    def __init__(
        self, name: str, *, peers: int, listen_port: int, tunnel: str = "10.77", networks: str = "10.99"
    ) -> None:
        self.address = f"{tunnel}.0.1"
        self.interface = Interface(f"{name}0", address=f"{self.address}/16")
        self._tunnel = tunnel
        self.peers: list[Peer] = []
        self._name, self._count, self._port, self._networks = name, peers, listen_port, networks
        self._made = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self._socket = self._made.enter_context(socket_in(None))
            self._made.enter_context(self.interface)
            self.interface.wg("listen-port", str(self._port))
            for number in range(1, self._count + 1):
                self.peers.append(self._peer(number))
        except BaseException:
            self._made.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._made.close()

    def add(self, peer: Peer, *, keepalive: int = 0) -> None:
        """Make the interface know this peer."""
        arguments = ["peer", peer.interface.public_key, "allowed-ips", f"{peer.address}/32"]
        self.interface.wg(*arguments, *(["persistent-keepalive", str(keepalive)] if keepalive else []))

    def remove(self, peer: Peer) -> None:
        """Make the interface forget this peer."""
        self.interface.wg("peer", peer.interface.public_key, "remove")

    def talk(self, peer: Peer, *, up_bytes: int, down_bytes: int) -> None:
        """Send bytes from the peer to the interface, and back."""
        send(peer.socket, self.address, up_bytes)
        send(self._socket, peer.address, down_bytes)

    def roam(self, peer: Peer) -> str:
        """Move the peer to another network, as a phone does, and give its new address."""
        address = peer.namespace.roam()
        # wireguard-go sends from the address that it last used until it is told the endpoint again; apps do that.
        peer.interface.wg("peer", self.interface.public_key, "endpoint", f"{peer.namespace.outside}:{self._port}")
        return address

    def recreate(self) -> None:
        """Make the deleted interface anew, with the same key and all peers."""
        self.interface.create()
        self.interface.wg("listen-port", str(self._port))
        for peer in self.peers:
            self.add(peer)

    def _peer(self, number: int) -> Peer:
        namespace = self._made.enter_context(Namespace(f"{self._name}{number}", f"{self._networks}.{number}"))
        address = f"{self._tunnel}.{number}.2"
        interface = Interface(f"{self._name}w{number}", namespace=namespace.name, address=f"{address}/16")
        self._made.enter_context(interface)
        server = f"{namespace.outside}:{self._port}"
        interface.wg("peer", self.interface.public_key, "endpoint", server, "allowed-ips", f"{self.address}/32")
        peer = Peer(namespace, interface, address, socket_in(namespace.name))
        self._made.callback(peer.socket.close)
        self.add(peer)
        return peer
