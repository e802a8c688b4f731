"""`GET /api/v1/status` and `/api/v1/nodes/{node}/status`."""

from typing import Literal

from pydantic import BaseModel
from quart import Blueprint, Response
from quart_schema import document_response, tag

from sentra.services.status import Statuses
from sentra.web.access import current_actor, requires


class SystemView(BaseModel):
    """The machine of a node: sizes in bytes, uptime in seconds."""

    hostname: str
    os: str
    platform: str
    arch: str
    kernel_version: str
    cpu_count: int
    cpu_percent: float
    memory_total: int
    memory_used: int
    memory_percent: float
    disk_total: int
    disk_used: int
    disk_percent: float
    load_average: tuple[float, float, float]
    uptime: int
    net_bytes_sent: int
    net_bytes_recv: int


class PeerStatusView(BaseModel):
    """What is observed of a peer: rates in bytes per second, `latest_handshake` in Unix seconds, 0 = never."""

    public_key: str
    endpoint: str | None
    allowed_ips: list[str]
    latest_handshake: int
    rx_bytes: int
    tx_bytes: int
    rx_rate: float
    tx_rate: float
    persistent_keepalive: int
    has_preshared_key: bool
    active: bool


class InterfaceStatusView(BaseModel):
    """What is observed of an interface. Where it cannot be read, `error` says why and the rest is the last known."""

    name: str
    driver: Literal["netlink", "uapi"] | None
    public_key: str | None
    listen_port: int
    fwmark: int
    up: bool
    error: str | None
    peers: list[PeerStatusView]


class NodeStatusView(BaseModel):
    """What is observed of a node. `sampled_at` is the age of everything in it, in Unix seconds."""

    node: str
    online: bool
    sampled_at: int
    sample_seconds: float
    system: SystemView | None
    interfaces: list[InterfaceStatusView]


class StatusView(BaseModel):
    """The newest status of all that the caller may see. `epoch` and `sequence` continue on the stream."""

    epoch: str
    sequence: int
    nodes: list[NodeStatusView]


def status_blueprint(statuses: Statuses) -> Blueprint:
    """Give the blueprint of the status routes. Both answer with bytes that are encoded once per change."""
    blueprint = Blueprint("status", __name__)

    @blueprint.get("/api/v1/status")
    @requires("status:read")
    @tag(["status"])
    @document_response(StatusView)
    async def get_status() -> Response:
        """Newest status of every node."""
        return Response(await statuses.status(current_actor()), content_type="application/json")

    @blueprint.get("/api/v1/nodes/<text:node>/status")
    @requires("status:read")
    @tag(["status"])
    @document_response(NodeStatusView)
    async def get_node_status(node: str) -> Response:
        """Newest status of one node."""
        return Response(await statuses.node_status(current_actor(), node), content_type="application/json")

    return blueprint
