"""Taking over what runs already, and importing wg-quick files."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response
from quart_schema import document_response, tag, validate_querystring, validate_request

from sentra.core.interfaces import Interface, UnmanagedMode
from sentra.core.peers import Peer
from sentra.services.adoption import Adoption, Found
from sentra.services.imports import ImportReport, Imports
from sentra.services.peer_fields import PeerFields
from sentra.services.retold import Retold
from sentra.web.access import current_actor, heavy, requires
from sentra.web.errors import Refused
from sentra.web.idempotency import Repeats
from sentra.web.interface_views import InterfaceResultView, interface_result, interface_view, json_response
from sentra.web.interfaces import OfNode
from sentra.web.results import DryRun, result_of

_FILE_BYTES: Final = 1024 * 1024


class FoundInterfaceView(BaseModel):
    """A running WireGuard interface that is not managed. `hooks` are commands of its file, which Sentra never runs."""

    name: str
    driver: Literal["netlink", "uapi"]
    public_key: str | None
    listen_port: int
    addresses: list[str]
    peer_count: int
    file: str | None
    hooks: list[str]
    warnings: list[str]


class FoundInterfaceList(BaseModel):
    """Running interfaces that may be taken over."""

    items: list[FoundInterfaceView]


class InterfaceAdopt(BaseModel):
    """Which interface is taken over, and what becomes of the peers that run on it."""

    model_config = ConfigDict(extra="forbid")

    node: str = Field(default="local", max_length=63)
    name: str
    unmanaged: UnmanagedMode = "adopt"
    public_host: str = ""


class InterfaceImport(BaseModel):
    """The text of a wg-quick file, and the name of the interface that it becomes."""

    model_config = ConfigDict(extra="forbid")

    node: str = Field(default="local", max_length=63)
    name: str
    text: str = Field(min_length=1, json_schema_extra={"format": "password"}, description="At most 1 MiB.")
    public_host: str = ""


class ImportedInterfaceView(BaseModel):
    """The interface of a file."""

    name: str
    addresses: list[str]
    pools: list[str]
    listen_port: int
    fwmark: int
    mtu: int
    dns: list[str]
    table: str
    public_host: str


class ImportedPeerView(BaseModel):
    """A peer of a file."""

    name: str
    public_key: str
    addresses: list[str]
    routes: list[str]
    endpoint: str | None
    persistent_keepalive: int
    has_preshared_key: bool


class LineView(BaseModel):
    """A line of a file, without secrets."""

    line: int
    text: str


class IgnoredLineView(BaseModel):
    """A line of a file that means nothing here, and why."""

    line: int
    text: str
    why: str


class WrongLineView(BaseModel):
    """A line of a file that is wrong."""

    line: int
    message: str


class ImportReportView(BaseModel):
    """What a file says. Hooks are shown, and never stored or run."""

    interface: ImportedInterfaceView
    peers: list[ImportedPeerView]
    hooks: list[LineView]
    ignored: list[IgnoredLineView]
    errors: list[WrongLineView]


class ImportResultView(InterfaceResultView):
    """What became of an import, and what the file says."""

    report: ImportReportView


def adoption_blueprint(adoption: Adoption, imports: Imports, repeats: Repeats) -> Blueprint:
    """Return the routes of taking over and importing."""
    blueprint = Blueprint("adoption", __name__, url_prefix="/api/v1/interfaces")

    @blueprint.get("/found")
    @requires("interface:adopt")
    @tag(["interfaces"])
    @validate_querystring(OfNode)
    @document_response(FoundInterfaceList)
    async def find_interfaces(query_args: OfNode) -> Response:
        """WireGuard interfaces that run on a node and are not managed"""
        found = await adoption.found(current_actor(), query_args.node)
        return json_response(FoundInterfaceList(items=[_found_view(each) for each in found]))

    @blueprint.post("/adopt")
    @requires("interface:adopt")
    @tag(["interfaces"])
    @repeats.once
    @validate_querystring(DryRun)
    @validate_request(InterfaceAdopt)
    @document_response(InterfaceResultView, 201)
    async def adopt_interface(data: InterfaceAdopt, query_args: DryRun) -> Response:
        """Take over an interface that runs

        Nothing is written to WireGuard and nothing restarts. Takes an `Idempotency-Key`.
        """
        result = await adoption.adopt(
            current_actor(),
            data.node,
            data.name,
            unmanaged=data.unmanaged,
            public_host=data.public_host,
            dry_run=query_args.dry_run,
        )
        return interface_result(result, status=200 if query_args.dry_run else 201)

    @blueprint.post("/import")
    @heavy
    @requires("interface:import")
    @tag(["interfaces"])
    @repeats.once
    @validate_querystring(DryRun)
    @validate_request(InterfaceImport)
    @document_response(ImportResultView, 201)
    async def import_interface(data: InterfaceImport, query_args: DryRun) -> Response:
        """Make an interface of a wg-quick file

        Its private key goes to the node and is stored nowhere else. A dry run reports on the file. Takes an
        `Idempotency-Key`.
        """
        if len(data.text.encode("utf-8", "surrogatepass")) > _FILE_BYTES:
            raise Refused(413, "too-large", f"A file has at most {_FILE_BYTES >> 20} MiB.")
        imported = await imports.import_text(
            current_actor(),
            data.node,
            data.name,
            data.text,
            public_host=data.public_host,
            dry_run=query_args.dry_run,
        )
        state = imported.result.state
        view = ImportResultView(
            **dict(result_of(imported.result.outcome)),
            interface=interface_view(state) if state else None,
            report=_report_view(imported.report),
        )
        return json_response(view, 200 if query_args.dry_run else 201)

    return blueprint


def import_result_again(told: Retold) -> Response:
    """Give the answer to an import that was carried out; what its file said besides is not known any more."""
    interface = told.interface.interface
    peers = [_made_peer_view(each.peer) for each in told.peers]
    view = ImportResultView(
        **dict(result_of(told.outcome)),
        interface=interface_view(told.interface),
        report=ImportReportView(interface=_made_view(interface), peers=peers, hooks=[], ignored=[], errors=[]),
    )
    return json_response(view, 201)


def _found_view(found: Found) -> FoundInterfaceView:
    return FoundInterfaceView(
        name=found.name,
        driver=found.driver,
        public_key=found.public_key,
        listen_port=found.listen_port,
        addresses=list(found.addresses),
        peer_count=found.peer_count,
        file=found.file,
        hooks=list(found.hooks),
        warnings=list(found.warnings),
    )


def _report_view(report: ImportReport) -> ImportReportView:
    return ImportReportView(
        interface=_made_view(report.interface),
        peers=[_peer_view(peer) for peer in report.peers],
        hooks=[LineView(line=hook.line, text=hook.text) for hook in report.hooks],
        ignored=[IgnoredLineView(line=each.line, text=each.text, why=each.why) for each in report.ignored],
        errors=[WrongLineView(line=each.line, message=each.message) for each in report.errors],
    )


def _made_view(interface: Interface) -> ImportedInterfaceView:
    return ImportedInterfaceView(
        name=interface.name,
        addresses=list(interface.addresses),
        pools=list(interface.pools),
        listen_port=interface.listen_port,
        fwmark=interface.fwmark,
        mtu=interface.mtu,
        dns=list(interface.dns),
        table=interface.table,
        public_host=interface.public_host,
    )


def _made_peer_view(peer: Peer) -> ImportedPeerView:
    return ImportedPeerView(
        name=peer.name,
        public_key=peer.public_key,
        addresses=list(peer.addresses),
        routes=list(peer.routes),
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive,
        has_preshared_key=peer.preshared_sealed is not None,
    )


def _peer_view(said: PeerFields) -> ImportedPeerView:
    return ImportedPeerView(
        name=said.name or "",
        public_key=said.public_key or "",
        addresses=said.addresses or [],
        routes=said.routes or [],
        endpoint=said.endpoint or None,
        persistent_keepalive=said.persistent_keepalive or 0,
        has_preshared_key=bool(said.preshared_key),
    )
