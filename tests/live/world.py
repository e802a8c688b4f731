"""Builders for tests of the live path: valid by default, one field overridden."""

from base64 import b64encode

from sentra.core.events import InterfaceChange, StatusEvent
from sentra.core.status import InterfaceStatus, PeerStatus, SystemStatus


def key(number: int) -> str:
    return b64encode(number.to_bytes(32, "big")).decode()


def a_peer(number: int = 1, **fields: object) -> PeerStatus:
    return PeerStatus(**{"public_key": key(number), "allowed_ips": (f"10.0.0.{number % 250}/32",), **fields})


def a_system(**fields: object) -> SystemStatus:
    return SystemStatus(
        **{
            "hostname": "gw",
            "os": "Linux",
            "platform": "Debian",
            "arch": "x86_64",
            "kernel_version": "6.1",
            "cpu_count": 2,
            "cpu_percent": 1.5,
            "memory_total": 1 << 30,
            "memory_used": 1 << 29,
            "memory_percent": 50.0,
            "disk_total": 1 << 40,
            "disk_used": 1 << 39,
            "disk_percent": 50.0,
            "load_average": (0.1, 0.2, 0.3),
            "uptime": 100,
            "net_bytes_sent": 1,
            "net_bytes_recv": 2,
            **fields,
        }
    )


def an_interface(name: str = "wg0", **fields: object) -> InterfaceStatus:
    return InterfaceStatus(**{"name": name, "driver": "uapi", "listen_port": 51820, "up": True, **fields})


def a_change(
    *peers: PeerStatus, name: str = "wg0", clock: int = 1000, removed: tuple[str, ...] = ()
) -> InterfaceChange:
    return InterfaceChange(an_interface(name), clock, clock - 1000, peers, removed)


def an_event(*changes: InterfaceChange, sequence: int = 1, **fields: object) -> StatusEvent:
    return StatusEvent(
        **{
            "node": "local",
            "run": "r1",
            "sequence": sequence,
            "sampled_at": 1_790_000_000 + sequence,
            "sample_seconds": 1.0,
            "full": sequence == 1,
            "interfaces": {change.interface.name: change for change in changes},
            **fields,
        }
    )
