"""The control plane, fed with statuses that no real WireGuard here would give: hostile strings, or 10,000 peers.

`python -m e2e.fed hostile|crowd`, in place of `sentra serve`; everything but the agent is the real thing.
"""

import asyncio
import os
import sys
from base64 import b64encode
from collections.abc import Iterator

from sentra.agent.system import System
from sentra.app import Sentra
from sentra.core.events import InterfaceChange, StatusEvent
from sentra.core.status import InterfaceStatus, PeerStatus, SystemStatus
from sentra.server import serve_until_signal
from sentra.settings import Settings

CROWD = 10_000
MOVING = 1_000

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example/>",
    "<style>@import '//evil.example/x.css'</style>",
    "<template><script>alert(1)</script></template>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover=alert(1) x="',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "#{alert(1)}",
    "<%= alert(1) %>",
    "{{placeholder `http.request.uuid`}}",
    "{{include `/etc/passwd`}}",
    "__proto__",
    "constructor",
    "\u202e<script>alert(1)</script>",
    "\u0000<script>alert(1)</script>",
    "<scr\u0000ipt>alert(1)</scr\u0000ipt>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)


def main() -> None:
    """Serve until a signal ends it."""
    settings = Settings.load({**os.environ, "SENTRA_DISABLE_AGENT": "true"})
    feed = {"hostile": hostile, "crowd": crowd}[sys.argv[1]]
    asyncio.run(_serve(Sentra(settings), settings, feed()))


async def _serve(sentra: Sentra, settings: Settings, events: Iterator[StatusEvent]) -> None:
    async def publish() -> None:
        first = next(events)
        while first.node not in sentra.cache.nodes:  # until somebody listens
            sentra.bus.publish(first)
            await asyncio.sleep(0.1)
        for event in events:
            await asyncio.sleep(1)
            sentra.bus.publish(event)

    publishing = asyncio.create_task(publish())
    await serve_until_signal(sentra, settings)
    publishing.cancel()


def hostile() -> Iterator[StatusEvent]:
    """Payloads in every string that an agent may send."""
    for sequence in range(1, 3600):
        changes = {}
        for number, payload in enumerate(PAYLOADS):
            interface = InterfaceStatus(
                name=payload, driver="uapi", public_key=payload, listen_port=1, up=True, error=payload
            )
            peer = PeerStatus(
                public_key=payload,
                endpoint=payload,
                allowed_ips=(payload, payload),
                latest_handshake=1,
                rx_bytes=sequence * 1000,
                tx_bytes=number,
            )
            changes[payload] = InterfaceChange(interface, sequence * 1000, (sequence - 1) * 1000, (peer,))
        crowded = tuple(PeerStatus(public_key=text, endpoint=text, allowed_ips=(text,)) for text in PAYLOADS)
        changes["wg0"] = InterfaceChange(
            InterfaceStatus(name="wg0", driver="uapi", up=True), sequence * 1000, (sequence - 1) * 1000, crowded
        )
        yield _event(sequence, changes, _hostile_system(PAYLOADS[sequence % len(PAYLOADS)]))


def crowd() -> Iterator[StatusEvent]:
    """10,000 peers, of which 1,000 move each second."""
    interface = InterfaceStatus(name="wg0", driver="netlink", public_key=_key(0), listen_port=51820, up=True)
    system = System()
    for sequence in range(1, 3600):
        numbers = range(CROWD) if sequence == 1 else range(sequence % 10, CROWD, CROWD // MOVING)
        peers = tuple(_peer(number, sequence) for number in numbers)
        yield _event(
            sequence, {"wg0": InterfaceChange(interface, sequence * 1000, (sequence - 1) * 1000, peers)}, system.look()
        )


def _event(sequence: int, changes: dict[str, InterfaceChange], system: SystemStatus) -> StatusEvent:
    return StatusEvent(
        node="local",
        run="fed",
        sequence=sequence,
        sampled_at=1_790_000_000 + sequence,
        sample_seconds=1.0,
        full=sequence == 1,
        system=system,
        interfaces=changes,
    )


def _peer(number: int, sequence: int) -> PeerStatus:
    return PeerStatus(
        public_key=_key(number + 1),
        endpoint=f"[2001:db8::{number:x}]:51820" if number % 3 == 0 else f"198.51.100.{number % 250}:{1024 + number}",
        allowed_ips=(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}/32",),
        latest_handshake=0 if number % 11 == 0 else 1_790_000_000,
        rx_bytes=sequence * (number + 1) * 10,
        tx_bytes=sequence * (number + 1) * 25,
    )


def _key(number: int) -> str:
    return b64encode(number.to_bytes(8, "big") + bytes(range(24))).decode()


def _hostile_system(payload: str) -> SystemStatus:
    return SystemStatus(
        hostname=payload,
        os=payload,
        platform=payload,
        arch=payload,
        kernel_version=payload,
        cpu_count=2,
        cpu_percent=1.0,
        memory_total=1 << 30,
        memory_used=1 << 29,
        memory_percent=50.0,
        disk_total=1 << 40,
        disk_used=1 << 39,
        disk_percent=50.0,
        load_average=(0.1, 0.1, 0.1),
        uptime=100,
        net_bytes_sent=1,
        net_bytes_recv=1,
    )


if __name__ == "__main__":
    main()
