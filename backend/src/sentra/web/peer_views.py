"""Peers on the wire."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt
from quart import Response

from sentra.core.peers import MOST_AT_ONCE
from sentra.services.peer_batches import BatchChange, BatchResult
from sentra.services.peer_fields import PeerFields
from sentra.services.peer_pages import MOST_PEERS, PeerQuery
from sentra.services.peer_states import PeerState
from sentra.services.peers import PeerResult
from sentra.web.fields import Moment
from sentra.web.interface_views import json_response
from sentra.web.preconditions import with_version
from sentra.web.results import Result, result_of

_SecretKey = Annotated[str, Field(json_schema_extra={"format": "password"})]
_Id = Annotated[str, Field(max_length=32)]


class PeerView(BaseModel):
    """A peer: what people decided, and what follows from it. No secret is in it.

    `addresses` and `routes` are what the interface routes to it; `client_allowed_ips` is what it sends into the tunnel,
    null for `effective_client_allowed_ips` as they follow from the interface. Null too, where the interface or the
    default decides: `client_keepalive`, `dns`, `mtu`. `must_reimport` says that the config file which it was given is
    not right any more.
    """

    id: str
    interface_id: str
    name: str
    public_key: str
    created_at: AwareDatetime
    addresses: list[str]
    routes: list[str]
    client_allowed_ips: list[str] | None
    effective_client_allowed_ips: list[str]
    endpoint: str | None
    persistent_keepalive: int
    client_keepalive: int | None
    dns: list[str] | None
    mtu: int | None
    notes: str
    tags: list[str]
    owner_id: str | None
    expires_at: AwareDatetime | None
    enabled: bool
    disabled_reason: str | None
    has_preshared_key: bool
    has_private_key: bool
    config_revision: str
    given_revision: str | None
    must_reimport: bool
    version: int
    can: list[str]


class PeerListView(BaseModel):
    """Some peers of an interface; `next_cursor` leads to those after them."""

    items: list[PeerView]
    next_cursor: str | None


class PeerResultView(Result):
    """What became of a change of a peer; `peer` is null where it is gone, and of a dry run."""

    peer: PeerView | None


class PeersResultView(Result):
    """What became of a change of many peers; `peers` is empty where they are gone, and of a dry run."""

    peers: list[PeerView]


class _PeerForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    def said(self) -> PeerFields:
        """Return what was sent, and nothing of what was left out."""
        return PeerFields(**{field: getattr(self, field) for field in self.model_fields_set})

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    __str__ = __repr__


class PeerCreate(_PeerForm):
    """A new peer. Addresses that are left out are the next free ones."""

    name: str
    public_key: str = Field(default="", description="Needed, unless this server makes the keys.")
    make_keys: StrictBool = Field(default=False, description="Only where the interface has `server_keys`.")
    preshared_key: _SecretKey | None = None
    addresses: list[str] = []
    routes: list[str] = []
    client_allowed_ips: list[str] | None = None
    endpoint: str | None = None
    persistent_keepalive: StrictInt = 0
    client_keepalive: StrictInt | None = None
    dns: list[str] | None = None
    mtu: StrictInt | None = None
    notes: str = ""
    tags: list[str] = []
    owner_id: str | None = None
    expires_at: Moment | None = None
    enabled: StrictBool = True
    disabled_reason: str | None = None


class PeerUpdate(_PeerForm):
    """A change of a peer; what is left out stays, and null goes back to what follows by itself."""

    name: str = ""
    preshared_key: _SecretKey | None = None
    addresses: list[str] = Field(default=[], description="All of them; so for the other lists.")
    routes: list[str] = []
    client_allowed_ips: list[str] | None = None
    endpoint: str | None = None
    persistent_keepalive: StrictInt = 0
    client_keepalive: StrictInt | None = None
    dns: list[str] | None = None
    mtu: StrictInt | None = None
    notes: str = ""
    tags: list[str] = []
    owner_id: str | None = None
    expires_at: Moment | None = None
    enabled: StrictBool = True
    disabled_reason: str | None = None


class PeerRekey(_PeerForm):
    """Another key pair for a peer."""

    public_key: str = Field(default="", description="Needed, unless this server makes the keys.")
    make_keys: StrictBool = Field(default=False, description="Only where the interface has `server_keys`.")
    preshared_key: _SecretKey | None = Field(default=None, description="Stays where it is left out.")


class PeersCreate(BaseModel):
    """Peers that are all made, or none of them."""

    model_config = ConfigDict(extra="forbid")

    peers: list[PeerCreate] = Field(min_length=1, max_length=MOST_AT_ONCE)


class PeersChange(BaseModel):
    """What changes of many peers; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    enabled: StrictBool = True
    disabled_reason: str | None = None
    add_tags: list[str] = []
    remove_tags: list[str] = []
    expires_at: Moment | None = None

    def said(self) -> BatchChange:
        """Return what was sent, and nothing of what was left out."""
        return BatchChange(**{field: getattr(self, field) for field in self.model_fields_set})


class PeersUpdate(BaseModel):
    """Peers, and what changes of all of them."""

    model_config = ConfigDict(extra="forbid")

    ids: list[_Id] = Field(min_length=1, max_length=MOST_AT_ONCE)
    change: PeersChange


class PeersDelete(BaseModel):
    """Peers that are all deleted, or none of them."""

    model_config = ConfigDict(extra="forbid")

    ids: list[_Id] = Field(min_length=1, max_length=MOST_AT_ONCE)


class PeersWanted(BaseModel):
    """Which peers, in which order. `sort` is `name`, `address`, `created_at`, `expires_at`, `enabled` or `public_key`,
    with `-` in front for the other direction; `q` is a part of a name, key, address, tag or note."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200)
    tag: str = Field(default="", max_length=100)
    enabled: bool | None = None
    must_reimport: bool | None = None
    sort: str = Field(default="name", max_length=20)
    limit: int = Field(default=100, ge=1, le=MOST_PEERS)
    cursor: str | None = Field(default=None, max_length=1000)

    def query(self) -> PeerQuery:
        """Return it as the service takes it."""
        return PeerQuery(**self.model_dump())


def peer_view(state: PeerState) -> PeerView:
    """Give a peer as the API shows it."""
    peer = state.peer
    return PeerView(
        id=peer.id,
        interface_id=peer.interface_id,
        name=peer.name,
        public_key=peer.public_key,
        created_at=peer.created_at,
        addresses=list(peer.addresses),
        routes=list(peer.routes),
        client_allowed_ips=_list(peer.client_allowed_ips),
        effective_client_allowed_ips=list(state.client_allowed_ips),
        endpoint=peer.endpoint,
        persistent_keepalive=peer.persistent_keepalive,
        client_keepalive=peer.client_keepalive,
        dns=_list(peer.dns),
        mtu=peer.mtu,
        notes=peer.notes,
        tags=list(peer.tags),
        owner_id=peer.owner_id,
        expires_at=peer.expires_at,
        enabled=peer.enabled,
        disabled_reason=peer.disabled_reason,
        has_preshared_key=peer.preshared_sealed is not None,
        has_private_key=peer.private_sealed is not None,
        config_revision=state.config_revision,
        given_revision=peer.given_revision,
        must_reimport=state.must_reimport,
        version=peer.version,
        can=list(state.can),
    )


def peer_result(result: PeerResult, *, status: int = 200) -> Response:
    """Give the answer to a change of a peer."""
    state = result.state
    parts = result_of(result.outcome)
    view = PeerResultView(**dict(parts), peer=peer_view(state) if state else None)
    response = json_response(view, status)
    return with_version(response, state.peer.version) if state else response


def peers_result(result: BatchResult, *, status: int = 200) -> Response:
    """Give the answer to a change of many peers."""
    parts = result_of(result.outcome)
    view = PeersResultView(**dict(parts), peers=[peer_view(state) for state in result.states])
    return json_response(view, status)


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)
