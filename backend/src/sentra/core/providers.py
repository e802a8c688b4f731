"""Identity providers of OpenID Connect, by which people may sign in, and who of them is which user."""

from typing import Final

from msgspec import Struct

from sentra.core.access import WHOLE, Binding, Role, Scope

MAPPABLE: Final[tuple[Role, ...]] = ("operator", "viewer", "member")
"""What a claim may make somebody. An owner or admin is made by people."""

ANYBODY: Final = "*"
"""As the value of a grant: whoever the provider signs in."""


class Grant(Struct, frozen=True):
    """What a value of the provider's claim gives."""

    value: str
    role: Role
    scope: Scope = WHOLE


class Provider(Struct, frozen=True):
    """An identity provider. Its issuer never changes: who is who there is told by it.

    `claim` is what `grants` look at. `email_domains` are those whose addresses it may vouch for, none for any.
    `admits_new` makes accounts of people who have none; `admits_admins` signs owners and admins in, too.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    secret_sealed: bytes | None
    scopes: str
    claim: str
    grants: tuple[Grant, ...]
    email_domains: tuple[str, ...]
    admits_new: bool
    admits_admins: bool
    enabled: bool
    version: int


class LinkedIdentity(Struct, frozen=True):
    """Who of a provider is which user. `granted` is what the claim gave them when they last signed in."""

    provider_id: str
    subject: str
    user_id: str
    granted: tuple[Binding, ...] = ()
