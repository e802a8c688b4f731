"""Specs as they are applied and read: the configurations of configuration.py, and small ones."""

from base64 import b64decode

from msgspec.structs import replace

from sentra.core.addresses import sort_prefixes
from sentra.core.interfaces import DeviceSpec, InterfaceSpec
from sentra.core.peers import PeerSpec
from sentra.core.plan import DevicePatch, InterfacePatch, plan, undo
from sentra.core.secrets import Secret
from sentra.wireguard.driver import Driver
from tests.drivers.configuration import FWMARK, LISTEN_PORT, PRIVATE_KEY, a_peer, key, preshared_key
from tests.drivers.interfaces import run

SECRET_KEY = Secret(b64decode(PRIVATE_KEY))
PUBLIC_KEY = run("wg", "pubkey", text=PRIVATE_KEY).strip()


def secret(number: int) -> Secret:
    """The preshared key of the peer with this number."""
    return Secret(b64decode(preshared_key(number)))


def a_spec(number: int, *allowed_ips: str, **fields: object) -> PeerSpec:
    return PeerSpec(key(number), allowed_ips, **fields)


def every_kind(number: int) -> PeerSpec:
    """The peer of configuration.py with this number."""
    peer = a_peer(number)
    return PeerSpec(
        peer.public_key,
        sort_prefixes(peer.allowed_ips),
        secret(number) if peer.has_preshared_key else None,
        peer.persistent_keepalive,
        peer.endpoint,
    )


def device(*peers: PeerSpec, listen_port: int = LISTEN_PORT, fwmark: int = FWMARK) -> DeviceSpec:
    return DeviceSpec(PUBLIC_KEY, listen_port, fwmark, {peer.public_key: peer for peer in peers})


def patch_between(running: DeviceSpec, wanted: DeviceSpec) -> DevicePatch:
    """What the planner says where everything that runs was Sentra's."""
    return plan(InterfaceSpec("wg0", wanted), InterfaceSpec("wg0", running), running.peers.keys()).device


def reconcile(driver: Driver, interface: str, wanted: DeviceSpec) -> DeviceSpec:
    """Apply what is missing, and return what runs then."""
    driver.apply(interface, patch_between(driver.read_spec(interface), wanted), SECRET_KEY)
    return driver.read_spec(interface)


def take_back(driver: Driver, interface: str, done: DevicePatch, before: DeviceSpec) -> DeviceSpec:
    """Do what the reconciler does after a failure, and return what runs then."""
    now = InterfaceSpec(interface, driver.read_spec(interface))
    patch = undo(InterfacePatch(done), InterfaceSpec(interface, before), now)
    driver.apply(interface, patch.device, None)
    return driver.read_spec(interface)


def without_endpoints(spec: DeviceSpec) -> DeviceSpec:
    return replace(spec, peers={key: replace(peer, endpoint=None) for key, peer in spec.peers.items()})
