"""What a userspace implementation is told: the lines of a `set=1` request. Bytes only, no sockets.

Protocol: https://www.wireguard.com/xplatform/#configuration-protocol. Nothing is written that was not a number, a key
or an address before, so that no text can bring a line of its own.
"""

from collections.abc import Iterable, Sequence

from sentra.core.keys import key_bytes
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch
from sentra.core.secrets import Secret
from sentra.wireguard.fields import endpoint_bytes, key_or_zeros, prefix_bytes, within


class UapiEncoder:
    """Writes patches for the configuration socket; see `Encoder`."""

    def settings(self, patch: DevicePatch, private_key: Secret | None) -> bytes:
        """See `Encoder.settings`."""
        lines = []
        if patch.set_private_key:
            lines.append(f"private_key={key_or_zeros(private_key).hex()}")
        if patch.fwmark is not None:
            lines.append(f"fwmark={within(patch.fwmark, 0xFFFFFFFF)}")
        if patch.listen_port is not None:
            lines.append(f"listen_port={within(patch.listen_port, 0xFFFF)}")
        return self.message([_text(lines)]) if lines else b""

    def removal(self, public_key: str) -> Sequence[bytes]:
        """See `Encoder.removal`."""
        return [_text([f"public_key={key_bytes(public_key).hex()}", "remove=true"])]

    def put(self, spec: PeerSpec) -> Sequence[bytes]:
        """See `Encoder.put`. There is no limit to what one request may hold."""
        lines = [
            f"public_key={key_bytes(spec.public_key).hex()}",
            f"preshared_key={key_or_zeros(spec.preshared_key).hex()}",
            f"persistent_keepalive_interval={within(spec.persistent_keepalive, 0xFFFF)}",
            "replace_allowed_ips=true",
        ]
        if spec.endpoint is not None:
            lines.append(f"endpoint={endpoint_bytes(spec.endpoint)}")
        lines += [f"allowed_ip={prefix_bytes(text)}" for text in spec.allowed_ips]
        return [_text(lines)]

    def message(self, peers: Iterable[bytes]) -> bytes:
        """See `Encoder.message`."""
        return b"set=1\n" + b"".join(peers) + b"\n"


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8")
