"""Interfaces on the wire."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt
from quart import Response

from sentra.core.interfaces import BroughtUpBy, DriftMode, UnmanagedMode
from sentra.services.interface_fields import InterfaceFields
from sentra.services.interface_states import InterfaceState
from sentra.services.interfaces import InterfaceResult
from sentra.web.preconditions import with_version
from sentra.web.results import Result, result_of


class InterfaceView(BaseModel):
    """An interface: what people decided, and what is known of it.

    `applied` says that the newest decision runs. `pools` are the networks from which peers get addresses; `mtu`,
    `fwmark` and `public_port` are 0 for the kernel's choice, none, and the listen port.
    """

    id: str
    node: str
    name: str
    created_at: datetime
    public_key: str | None
    listen_port: int
    fwmark: int
    mtu: int
    addresses: list[str]
    pools: list[str]
    dns: list[str]
    table: str
    public_host: str
    public_port: int
    masquerade: bool
    started: bool
    drift_mode: DriftMode
    unmanaged: UnmanagedMode
    brought_up_by: BroughtUpBy
    server_keys: bool
    version: int
    peer_count: int
    driver: Literal["netlink", "uapi"] | None
    applied: bool
    error: str | None
    drift_count: int
    unmanaged_count: int
    reimport_count: int
    confirm_until: datetime | None
    can: list[str]


class InterfaceList(BaseModel):
    """Interfaces, by node and name."""

    items: list[InterfaceView]
    next_cursor: str | None


class InterfaceResultView(Result):
    """What became of a change of an interface; `interface` is null where it is gone, and of a dry run."""

    interface: InterfaceView | None


class _InterfaceForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def said(self) -> InterfaceFields:
        """Return what was sent, and nothing of what was left out."""
        sent = self.model_fields_set & set(InterfaceFields.__struct_fields__)
        return InterfaceFields(**{field: getattr(self, field) for field in sent})


class InterfaceCreate(_InterfaceForm):
    """A new interface. What is left out is chosen so that it clashes with nothing."""

    node: str = Field(default="local", max_length=63)
    name: str
    addresses: list[str] = Field(min_length=1)
    pools: list[str] = Field(default=[], description="The networks of the addresses, where left out.")
    listen_port: StrictInt = Field(default=0, description="The first free port from 51820 on, where left out.")
    fwmark: StrictInt = 0
    mtu: StrictInt = 0
    dns: list[str] = []
    table: str = "auto"
    public_host: str = ""
    public_port: StrictInt = 0
    masquerade: StrictBool = False
    drift_mode: DriftMode = "warn"
    unmanaged: UnmanagedMode = "keep"
    server_keys: StrictBool = False


class InterfaceUpdate(_InterfaceForm):
    """A change of an interface; what is left out stays as it is."""

    addresses: list[str] = Field(default=[], description="All of them; so for the other lists.")
    pools: list[str] = []
    listen_port: StrictInt = 0
    fwmark: StrictInt = 0
    mtu: StrictInt = 0
    dns: list[str] = []
    table: str = "auto"
    public_host: str = ""
    public_port: StrictInt = 0
    masquerade: StrictBool = False
    drift_mode: DriftMode = "warn"
    unmanaged: UnmanagedMode = "keep"
    server_keys: StrictBool = False


def interface_view(state: InterfaceState) -> InterfaceView:
    """Give an interface as the API shows it."""
    interface = state.interface
    until = state.confirm_until
    return InterfaceView(
        id=interface.id,
        node=interface.node,
        name=interface.name,
        created_at=interface.created_at,
        public_key=interface.public_key,
        listen_port=interface.listen_port,
        fwmark=interface.fwmark,
        mtu=interface.mtu,
        addresses=list(interface.addresses),
        pools=list(interface.pools),
        dns=list(interface.dns),
        table=interface.table,
        public_host=interface.public_host,
        public_port=interface.public_port,
        masquerade=interface.masquerade,
        started=interface.started,
        drift_mode=interface.drift_mode,
        unmanaged=interface.unmanaged,
        brought_up_by=interface.brought_up_by,
        server_keys=interface.server_keys,
        version=interface.version,
        peer_count=state.peer_count,
        driver=state.driver,
        applied=state.applied,
        error=state.error,
        drift_count=state.drift_count,
        unmanaged_count=state.unmanaged_count,
        reimport_count=state.reimport_count,
        confirm_until=datetime.fromtimestamp(int(until), UTC) if until is not None else None,
        can=list(state.can),
    )


def interface_result(result: InterfaceResult, *, status: int = 200) -> Response:
    """Give the answer to a change of an interface."""
    state = result.state
    parts = result_of(result.outcome)
    view = InterfaceResultView(**dict(parts), interface=interface_view(state) if state else None)
    response = json_response(view, status)
    return with_version(response, state.interface.version) if state else response


def json_response(view: BaseModel, status: int = 200) -> Response:
    """Give a model as an answer."""
    return Response(view.model_dump_json(), status, content_type="application/json")
