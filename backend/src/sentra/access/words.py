"""The access rules as people read them: what each action is, and why a role may or may not do it."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from sentra.access.access import USER, Access
from sentra.core.access import ACTIONS, ROLES, Action, Role

May = Literal["any", "own", "no"]

ACTION_WORDS: Final[Mapping[Action, str]] = {
    "audit:read": "Read who did what",
    "docs:read": "Read the documentation of the API",
    "factor:create": "Set up a second factor",
    "factor:delete": "Take a second factor off",
    "factor:read": "See second factors",
    "factor:reset": "Take somebody's second factors off",
    "factor:update": "Rename a second factor; make recovery codes anew",
    "interface:adopt": "Take over an interface that runs already",
    "interface:create": "Make an interface",
    "interface:delete": "Delete an interface and its peers",
    "interface:import": "Make an interface of a config file",
    "interface:inspect": "See an interface's history, its addresses and what was changed by hand",
    "interface:read": "See an interface",
    "interface:update": "Change, start and stop an interface; undo and settle changes",
    "key:read": "See which keys are in use",
    "key:rotate": "Rotate the key that signs access tokens, and the master key",
    "password:change": "Change a password",
    "peer:config": "Hand out a peer's config file",
    "peer:create": "Make a peer",
    "peer:delete": "Delete a peer",
    "peer:read": "See a peer",
    "peer:rekey": "Give a peer another key",
    "peer:update": "Change, enable and disable a peer",
    "policy:read": "See who needs a second factor",
    "policy:update": "Decide who needs a second factor",
    "profile:update": "Change a name and an e-mail address",
    "provider:read": "See identity providers",
    "provider:update": "Add, change and remove identity providers",
    "role:read": "See what somebody is bound to",
    "role:update": "Give and take roles",
    "session:end": "End a session",
    "session:prove": "Prove once more who one is",
    "session:read": "See sessions",
    "status:read": "Watch what runs",
    "token:create": "Make API tokens",
    "token:read": "See API tokens",
    "token:revoke": "Revoke API tokens",
    "user:delete": "Remove somebody",
    "user:invite": "Invite somebody",
    "user:read": "See who there is",
    "user:reset": "Make a link by which somebody sets a new password",
    "user:update": "Change, disable and enable somebody; sign them out",
}


class RoleWords(Struct, frozen=True):
    """What a role is for, and why it may not do the rest."""

    what: str
    why_not: str


ROLE_WORDS: Final[Mapping[Role, RoleWords]] = {
    "owner": RoleWords("Answers for Sentra: may do everything.", "It is somebody else's to decide."),
    "admin": RoleWords(
        "Runs the VPN and looks after people: makes interfaces, invites and removes those below.",
        "How people prove who they are, and who else administers, owners decide.",
    ),
    "operator": RoleWords(
        "Keeps interfaces working, and their peers.",
        "Operators make and remove no interfaces, and decide nothing about people.",
    ),
    "viewer": RoleWords("Sees what runs and what was decided.", "Viewers change nothing, and get no keys."),
    "member": RoleWords(
        "Has peers of their own, and makes them within a limit.", "Members have what is their own, and nothing else."
    ),
}
_OWN: Final = "Only what is their own."
_EVERYBODY: Final = "Only what is their own, as everybody."
_WITHIN: Final = "Within what the role is bound to."


class Permission(Struct, frozen=True):
    """Whether a role may do something to anything in its scope, only to what is the actor's own, or not at all."""

    action: Action
    may: May
    why: str


class RoleRow(Struct, frozen=True):
    """What a role may do."""

    role: Role
    what: str
    permissions: tuple[Permission, ...]


class RoleTable(Struct, frozen=True):
    """Every action in words, and what each role may do."""

    actions: Mapping[Action, str]
    roles: tuple[RoleRow, ...]


def role_table(access: Access) -> RoleTable:
    """Give the rules as they are asked, in words."""
    table = access.permission_table()
    rows = [RoleRow(role, ROLE_WORDS[role].what, tuple(_permissions(table, role))) for role in ROLES]
    return RoleTable({action: ACTION_WORDS.get(action, action) for action in ACTIONS}, tuple(rows))


def _permissions(table: Mapping[str, Mapping[Action, str]], role: Role) -> list[Permission]:
    found = []
    for action in ACTIONS:
        if table[role].get(action) == "any":
            found.append(Permission(action, "any", _WITHIN))
        elif action in table[role]:
            found.append(Permission(action, "own", _OWN))
        elif action in table[USER]:
            found.append(Permission(action, "own", _EVERYBODY))
        else:
            found.append(Permission(action, "no", ROLE_WORDS[role].why_not))
    return found
