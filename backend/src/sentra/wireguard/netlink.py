"""The kernel's WireGuard, read and configured over generic netlink. Source: include/uapi/linux/wireguard.h."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EAGAIN, ENOBUFS, ENODEV, ENOENT, EOPNOTSUPP, EPERM
from struct import Struct
from typing import TypeVar

from sentra.core.errors import ApplyFailed, InterfaceMissing, InterfaceUnreadable
from sentra.core.interfaces import DeviceSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.core.status import DriverName, Sample
from sentra.wireguard import device_spec, genl
from sentra.wireguard.apply import Refused, apply_patch
from sentra.wireguard.device_dump import DumpDecoder
from sentra.wireguard.device_set import DeviceEncoder
from sentra.wireguard.spec_reading import SpecReading

_Read = TypeVar("_Read")
_Blocks = list[bytearray]
"""Memory to receive answers into. A block is never resized, so that what was found in it may be looked at for long."""

ANSWER_SECONDS = 5
RETRY_PAUSES = (0.01, 0.05, 0.2)
"""Seconds before each further try when an interface was configured while it was read."""


def connect() -> socket.socket:
    """Open a generic netlink socket with an address of its own. Waiting for an answer ends after ANSWER_SECONDS."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_GENERIC)
    try:
        # Not settimeout(), which would make every receive two system calls.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(ANSWER_SECONDS, 0))
        sock.bind((_KERNEL, 0))
    except OSError:
        sock.close()
        raise
    return sock


class _Followed:
    """An interface that is sampled again and again: its last dump lies in `held`, the next is received into `spare`.

    What a read that failed was received into is given up, private key included.
    """

    def __init__(self, interface: str) -> None:
        self.decoder = DumpDecoder(interface)
        self.held: _Blocks = []
        self.spare: _Blocks = []


class NetlinkDriver:
    """Reads and configures interfaces of the kernel module. Needs CAP_NET_ADMIN in their network namespace.

    Each read and each apply has a socket of its own: they cannot see each other's answers, and one that is given up
    half-way leaves nothing behind, for closing the socket ends the dump.
    """

    name: DriverName = "netlink"

    def __init__(
        self,
        connect: Callable[[], socket.socket] = connect,
        retry_pauses: tuple[float, ...] = RETRY_PAUSES,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._connect = connect
        self._retry_pauses = retry_pauses
        self._answer_seconds = answer_seconds
        self._followed: dict[str, _Followed] = {}

    def read_status(self, interface: str) -> Sample:
        """Sample the interface; see Driver.read_status.

        The kernel marks a dump in whose course the interface was configured (NLM_F_DUMP_INTR). Such a dump is read
        again after a pause, and after the last pause InterfaceUnreadable is raised: a sample is consistent or absent.
        """
        followed = self._followed.get(interface) or _Followed(interface)
        blocks, followed.spare = followed.spare, []
        sample = self._read(interface, blocks, followed.decoder.decode)
        followed.spare, followed.held = followed.held, blocks
        self._followed[interface] = followed
        return sample

    def forget(self, interface: str) -> None:
        """Drop the last dump of the interface."""
        self._followed.pop(interface, None)

    def read_spec(self, interface: str) -> DeviceSpec:
        """See `Driver.read_spec`. It is consistent or absent, as a sample is."""
        return self.follow_spec(interface, None).device

    def follow_spec(self, interface: str, last: SpecReading | None) -> SpecReading:
        """See `Driver.follow_spec`."""
        before = last or SpecReading(DeviceSpec())
        return self._read(interface, [], lambda messages: device_spec.follow_spec(messages, before))

    def read_private_key(self, interface: str) -> Secret | None:
        """See `Driver.read_private_key`."""
        return self._read(interface, [], device_spec.read_private_key)

    def apply(self, interface: str, patch: DevicePatch, private_key: Secret | None) -> None:
        """See `Driver.apply`."""
        if not patch:
            return
        try:
            with self._connect() as sock:
                blocks: _Blocks = []
                family = _family(self._ask(sock, _FAMILY_REQUEST, blocks))
                name = _name_attribute(interface)

                def send(attributes: bytes) -> None:
                    message = genl.request(family, genl.NLM_F_ACK, 2, _WG_CMD_SET_DEVICE, name, attributes)
                    with _refusals():
                        self._ask(sock, message, blocks)

                apply_patch(interface, patch, private_key, DeviceEncoder(), send)
        except (genl.Malformed, _Interrupted):
            raise ApplyFailed(interface, f"The kernel's answer to a change of {interface} was lost.") from None
        except OSError as error:
            if _is_missing(interface, error):
                raise _missing(interface) from None
            raise ApplyFailed(interface, f"{interface} cannot be configured: {_reason(error)}.") from None

    def _read(self, interface: str, blocks: _Blocks, decode: Callable[[list[genl.Message]], _Read]) -> _Read:
        try:
            return decode(self._dump(interface, blocks))
        except genl.Malformed as error:
            raise InterfaceUnreadable(f"The kernel's answer about {interface} cannot be understood: {error}.") from None
        except OSError as error:
            if _is_missing(interface, error):
                raise _missing(interface) from None
            raise InterfaceUnreadable(f"{interface} cannot be read: {_reason(error)}.") from None

    def _dump(self, interface: str, blocks: _Blocks) -> list[genl.Message]:
        for pause in (0, *self._retry_pauses):
            time.sleep(pause)
            try:
                with self._connect() as sock:
                    family = _family(self._ask(sock, _FAMILY_REQUEST, blocks))
                    return self._ask(sock, _device_request(family, interface), blocks)
            except _Interrupted:
                continue
        tries = 1 + len(self._retry_pauses)
        raise InterfaceUnreadable(f"{interface} was configured while it was read, {tries} times in a row.")

    def _ask(self, sock: socket.socket, request: bytes, blocks: _Blocks) -> list[genl.Message]:
        """Return the whole answer, which fills the blocks. Raises OSError as the kernel says, and TimeoutError."""
        sock.sendto(request, (_KERNEL, 0))
        own_port, _ = sock.getsockname()
        (asked,) = genl.messages(bytearray(request), 0, len(request))
        answer: list[genl.Message] = []
        unused = _each(blocks)
        block, start = next(unused), 0
        deadline = time.monotonic() + self._answer_seconds
        while time.monotonic() < deadline:
            if len(block) - start < _DATAGRAM_BYTES:
                block, start = next(unused), 0
            size, (sender, _) = _receive(sock, block, start)
            if sender != _KERNEL:
                continue
            if message := genl.only_part(asked, own_port, block, start, size):
                answer.append(message)
                start += (size + 3) & ~3
                continue
            taken = len(answer)
            for message in genl.messages(block, start, start + size):
                if (message.sequence, message.port) == (asked.sequence, own_port) and _takes(asked, message, answer):
                    return answer
            if len(answer) > taken:
                start += (size + 3) & ~3
        raise TimeoutError(EAGAIN, "no answer")


_NETLINK_GENERIC = 16
_KERNEL = 0
_TIMEVAL = Struct("@ll")
_DATAGRAM_BYTES = 32768
"""The kernel fills datagrams up to what the reader offers, and never beyond this: netlink_dump() in af_netlink.c."""

_WG_CMD_GET_DEVICE, _WG_CMD_SET_DEVICE = 0, 1
_WGDEVICE_A_IFNAME = 2
_IFNAMSIZ = 16
_FAMILY_REQUEST = genl.request(
    genl.GENL_ID_CTRL, 0, 1, genl.CTRL_CMD_GETFAMILY, genl.attribute(genl.CTRL_ATTR_FAMILY_NAME, b"wireguard\0")
)


class _Interrupted(Exception):
    """The answer is not of one moment, or part of it was lost."""


def _device_request(family: int, interface: str) -> bytes:
    return genl.request(family, genl.NLM_F_DUMP, 2, _WG_CMD_GET_DEVICE, _name_attribute(interface))


def _name_attribute(interface: str) -> bytes:
    name = os.fsencode(interface)
    if not 0 < len(name) < _IFNAMSIZ or b"\0" in name:
        raise OSError(ENODEV, os.strerror(ENODEV))
    return genl.attribute(_WGDEVICE_A_IFNAME, name + b"\0")


def _family(answer: list[genl.Message]) -> int:
    for message in answer:
        for kind, start, end in genl.command_attributes(message):
            if kind == genl.CTRL_ATTR_FAMILY_ID and end - start == 2:
                return genl.number(message.data[start:end])
    raise genl.Malformed("the family has no number")


def _each(blocks: _Blocks) -> Iterator[bytearray]:
    """Yield the blocks, and new ones for ever, which are added to them."""
    yield from blocks
    while True:
        blocks.append(bytearray(2 * _DATAGRAM_BYTES))
        yield blocks[-1]


def _receive(sock: socket.socket, block: bytearray, start: int) -> tuple[int, tuple[int, int]]:
    """Receive a datagram into the block, where `start` is. Return its size and its sender."""
    try:
        return sock.recvfrom_into(memoryview(block)[start:])
    except OSError as error:
        if error.errno == ENOBUFS:
            raise _Interrupted from error
        raise


def _takes(asked: genl.Message, message: genl.Message, answer: list[genl.Message]) -> bool:
    """Add the message to the answer and tell whether the answer is complete."""
    if message.flags & genl.NLM_F_DUMP_INTR or message.kind == genl.NLMSG_OVERRUN:
        raise _Interrupted
    if message.kind in {genl.NLMSG_ERROR, genl.NLMSG_DONE}:
        if code := message.error():
            raise OSError(code, os.strerror(code))
        return True
    if message.kind == asked.kind:
        answer.append(message)
        return not message.flags & genl.NLM_F_MULTI
    return False


_REASONS = {
    ENOENT: "the kernel's WireGuard module is not loaded",
    EOPNOTSUPP: "it is not a WireGuard interface",
    EPERM: "this process needs the capability CAP_NET_ADMIN",
    EAGAIN: "the kernel did not answer in time",
}


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0) or f"the kernel says “{error.strerror}”"


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise Refused for what the kernel says of the contents of a message, and not of who sent it whereto."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.errno == ENODEV or error.errno in _REASONS:
            raise
        raise Refused(error.errno) from None


def _missing(interface: str) -> InterfaceMissing:
    return InterfaceMissing(f"There is no interface {interface} here.")


def _is_missing(interface: str, error: OSError) -> bool:
    return error.errno == ENODEV or not _exists(interface)


def _exists(interface: str) -> bool:
    try:
        return bool(socket.if_nametoindex(interface))
    except (OSError, ValueError):
        return False
