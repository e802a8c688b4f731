"""Generic netlink as bytes: requests are built, datagrams and attributes are walked. No sockets, no WireGuard.

Every walk checks lengths before it trusts them and raises `Malformed`, so that no bytes can make it read past the end
or turn in a circle. Sources: RFC 3549, include/uapi/linux/netlink.h, include/uapi/linux/genetlink.h. Numbers are in
the byte order of the machine; each part is padded to four bytes.
"""

from collections.abc import Iterator
from struct import Struct
from sys import byteorder

import msgspec

NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN = 2, 3, 4
NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 0x1, 0x2, 0x4, 0x10, 0x300
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 0x10, 3, 1, 2
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3FFF

MESSAGE_HEADER = Struct("=IHHII")
COMMAND_HEADER = Struct("=BBxx")
ATTRIBUTE_HEADER = Struct("=HH")
ERROR_CODE = Struct("=i")


def number(value: bytes | bytearray) -> int:
    """Return the unsigned number that an attribute holds."""
    return int.from_bytes(value, byteorder)


class Malformed(Exception):
    """The bytes are not what the kernel's headers say they are."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One netlink message: its header, and where in `data` its payload lies."""

    kind: int
    flags: int
    sequence: int
    port: int
    data: bytearray
    start: int
    end: int

    def error(self) -> int:
        """Return the errno that an NLMSG_ERROR or NLMSG_DONE message carries; 0 is success."""
        if self.kind == NLMSG_DONE and self.end == self.start:
            return 0
        if self.end - self.start < ERROR_CODE.size:
            raise Malformed("an error message has no error code")
        code: int = ERROR_CODE.unpack_from(self.data, self.start)[0]
        return -code if code < 0 else 0


def request(kind: int, flags: int, sequence: int, command: int, *attributes: bytes) -> bytes:
    """Build a request for version 1 of the family `kind`."""
    payload = COMMAND_HEADER.pack(command, 1) + b"".join(attributes)
    return MESSAGE_HEADER.pack(MESSAGE_HEADER.size + len(payload), kind, NLM_F_REQUEST | flags, sequence, 0) + payload


def attribute(kind: int, value: bytes) -> bytes:
    """Build one attribute, padded."""
    length = ATTRIBUTE_HEADER.size + len(value)
    return ATTRIBUTE_HEADER.pack(length, kind) + value + bytes(-length % 4)


def messages(data: bytearray, start: int, end: int) -> Iterator[Message]:
    """Yield the messages of the datagram that is `data[start:end]`."""
    while start < end:
        if end - start < MESSAGE_HEADER.size:
            raise Malformed("a message header is cut off")
        length, kind, flags, sequence, port = MESSAGE_HEADER.unpack_from(data, start)
        if length < MESSAGE_HEADER.size or start + length > end:
            raise Malformed("a message has an impossible length")
        yield Message(kind, flags, sequence, port, data, start + MESSAGE_HEADER.size, start + length)
        start += (length + 3) & ~3


def only_part(asked: Message, port: int, data: bytearray, start: int, size: int) -> Message | None:
    """Return the message that fills a datagram, where it is one of many that answer what `port` asked and says no more
    than that: nearly all of a dump comes so. None where `messages` has to look."""
    kind, sequence = asked.kind, asked.sequence
    if data.startswith(MESSAGE_HEADER.pack(size, kind, NLM_F_MULTI, sequence, port), start):
        return Message(kind, NLM_F_MULTI, sequence, port, data, start + MESSAGE_HEADER.size, start + size)
    return None


def attribute_at(data: bytes | bytearray, start: int, end: int) -> tuple[int, int, int]:
    """Return type, start and end of the value of the attribute that begins at `start` of `data[:end]`."""
    if end - start < ATTRIBUTE_HEADER.size:
        raise Malformed("an attribute header is cut off")
    length, kind = ATTRIBUTE_HEADER.unpack_from(data, start)
    if length < ATTRIBUTE_HEADER.size or start + length > end:
        raise Malformed("an attribute has an impossible length")
    return kind & NLA_TYPE_MASK, start + ATTRIBUTE_HEADER.size, start + length


def attributes(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield type, start and end of the value of each attribute in `data[start:end]`."""
    while start < end:
        kind, first, after = attribute_at(data, start, end)
        yield kind, first, after
        start = (after + 3) & ~3


def command_attributes(message: Message) -> Iterator[tuple[int, int, int]]:
    """Yield the attributes of a message, after its generic netlink header."""
    if message.end - message.start < COMMAND_HEADER.size:
        raise Malformed("a generic netlink header is cut off")
    return attributes(message.data, message.start + COMMAND_HEADER.size, message.end)
