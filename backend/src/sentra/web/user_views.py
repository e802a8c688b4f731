"""People, and the links that they are handed, on the wire."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt

from sentra.core.access import Role, highest_role
from sentra.services.one_time_links import HandedLink
from sentra.services.owned_peers import Waiting
from sentra.services.people import Person, PersonList
from sentra.services.users import MOST_USERS, Invitation, UserChange, UserFields
from sentra.web.binding_views import BindingView, binding_view
from sentra.web.fields import Email, PersonName
from sentra.web.results import ConfirmView, confirm_view

_PeerLimit = Annotated[StrictInt, Field(ge=0, le=100_000)]


class PersonView(BaseModel):
    """Somebody who may sign in. `joined_at` is null until they took up their invitation, which is good until
    `invited_until`; `seen_at` is when they last used a browser in which they are signed in, and null where there is
    none. `can` is what whoever asks may do to them."""

    id: str
    email: str
    name: str
    role: Role | None
    bindings: list[BindingView]
    enabled: bool
    peer_limit: int | None
    peer_count: int
    created_at: AwareDatetime
    joined_at: AwareDatetime | None
    invited_until: AwareDatetime | None
    seen_at: AwareDatetime | None
    has_second_factor: bool
    version: int
    can: list[str]


class WaitingView(BaseModel):
    """A change of an interface that is undone unless it is confirmed there, with the nonce."""

    interface_id: str
    interface: str
    confirm: ConfirmView


class PersonChangedView(PersonView):
    """Somebody after a change, and which changes of interfaces wait that disabled their peers."""

    waiting: list[WaitingView]


class PersonRemovedView(BaseModel):
    """Which changes of interfaces wait that disabled the peers of whoever was removed."""

    waiting: list[WaitingView]


class PersonListView(BaseModel):
    """Some people; `next_cursor` leads to those after them, `grantable` are the roles that whoever asks may give."""

    items: list[PersonView]
    next_cursor: str | None
    grantable: list[Role]


class LinkView(BaseModel):
    """A link that is good once; it is shown here and never again."""

    link: str
    expires_at: AwareDatetime


class InvitedView(LinkView):
    """Somebody who was invited, and the link that is handed to them."""

    user: PersonView


class UserCreate(BaseModel):
    """Who is invited, and to what. They choose their password themselves."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    name: PersonName
    bindings: list[BindingView] = Field(min_length=1, max_length=50)
    peer_limit: _PeerLimit | None = None

    def said(self) -> Invitation:
        """Return it as the service takes it."""
        return Invitation(
            email=self.email,
            name=self.name,
            bindings=[each.said() for each in self.bindings],
            peer_limit=self.peer_limit,
        )


class UserUpdate(BaseModel):
    """A change of somebody; what is left out stays. `disable_peers` goes with `enabled: false`."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName = ""
    enabled: StrictBool = True
    peer_limit: _PeerLimit | None = None
    disable_peers: StrictBool = False

    def said(self) -> UserFields:
        """Return what was sent, and nothing of what was left out."""
        return UserFields(**{field: getattr(self, field) for field in self.model_fields_set - {"disable_peers"}})


class UserDelete(BaseModel):
    """`peers=disable` disables the peers of whoever is removed; else they stay as they are, without an owner."""

    model_config = ConfigDict(extra="forbid")

    peers: Literal["keep", "disable"] = "keep"


class UsersWanted(BaseModel):
    """Which people, in order of their e-mail address; `q` is a part of a name or an address."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200)
    limit: int = Field(default=100, ge=1, le=MOST_USERS)
    cursor: str | None = Field(default=None, max_length=1000)


def person_view(person: Person) -> PersonView:
    """Give somebody as the API shows them."""
    user = person.user
    return PersonView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=highest_role(person.bindings),
        bindings=[binding_view(each) for each in person.bindings],
        enabled=user.enabled,
        peer_limit=user.peer_limit,
        peer_count=person.peer_count,
        created_at=user.created_at,
        joined_at=user.joined_at,
        invited_until=None if person.invited_until is None else moment(person.invited_until),
        seen_at=None if person.seen_at is None else moment(person.seen_at),
        has_second_factor=person.has_second_factor,
        version=person.version,
        can=list(person.can),
    )


def person_changed_view(change: UserChange) -> PersonChangedView:
    """Give somebody after a change as the API shows them."""
    return PersonChangedView(**dict(person_view(change.person)), waiting=waiting_views(change.waiting))


def waiting_views(waiting: Sequence[Waiting]) -> list[WaitingView]:
    """Give changes that wait as the API shows them."""
    return [
        WaitingView(interface_id=each.interface_id, interface=each.interface, confirm=view)
        for each in waiting
        if (view := confirm_view(each.confirm))
    ]


def person_list_view(found: PersonList) -> PersonListView:
    """Give a page of people as the API shows it."""
    return PersonListView(
        items=[person_view(each) for each in found.people],
        next_cursor=found.next_cursor,
        grantable=list(found.grantable),
    )


def link_view(link: HandedLink) -> LinkView:
    """Give a link as the API shows it, once."""
    return LinkView(link=link.address, expires_at=moment(link.expires_at))


def moment(seconds: float) -> datetime:
    """Give Unix seconds as the API writes a time."""
    return datetime.fromtimestamp(int(seconds), UTC)
