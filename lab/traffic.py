"""Bounded traffic through tunnels, from one process: a socket stays in the namespace in which it was opened."""

import socket
import threading

from pyroute2 import netns

PAYLOAD_BYTES = 1200


def socket_in(namespace: str | None) -> socket.socket:
    """Give a UDP socket that lives in a network namespace."""
    if namespace is None:
        return _socket()
    opened: list[socket.socket] = []

    def enter() -> None:
        netns.setns(namespace)  # of this thread only
        opened.append(_socket())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return opened[0]


def send(through: socket.socket, address: str, size_bytes: int) -> None:
    """Send about that many bytes to a tunnel address. What cannot be sent now is dropped, as UDP does."""
    left = size_bytes
    while left > 0:
        part = min(left, PAYLOAD_BYTES)
        try:
            through.sendto(bytes(part), (address, 9))
        except OSError:
            return
        left -= part


def _socket() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    return opened
