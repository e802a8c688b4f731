"""What can go wrong, named for what is wrong. `web/errors.py` translates each to one problem document."""

from msgspec import Struct


class FieldError(Struct, frozen=True):
    """One wrong field of a request. `field` is dotted; the rejected value is never part of it."""

    field: str
    code: str
    message: str


class WrongValue(ValueError):
    """A value breaks a rule of its kind: `code` names the rule, `str(error)` says to a person what to do.

    Neither holds the value itself, which may be secret or hostile; at most a right one to use instead.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def at(self, field: str) -> FieldError:
        """Give the error of the request's field that held the value."""
        return FieldError(field, self.code, str(self))


class SentraError(Exception):
    """Base of every error that a caller may be told about. `str(error)` is a sentence for a person."""


class Invalid(SentraError):
    """The request is well-formed and wrong; `errors` names every wrong field at once."""

    def __init__(self, *errors: FieldError) -> None:
        self.errors = errors
        super().__init__("; ".join(error.message for error in errors))


class Unauthenticated(SentraError):
    """Nobody is signed in, or the credential is not valid (any more)."""


class Forbidden(SentraError):
    """The actor is known and may not do this."""


class NotFound(SentraError):
    """There is no such thing, or the actor may not know of it."""


class Hidden(NotFound):
    """There is such a thing, and the actor may not know of it: told in the words for what is not there."""


class Conflict(SentraError):
    """The request is right and the time for it is wrong: it was done already, or something else changed."""


class ChangedMeanwhile(SentraError):
    """The caller decided on a version that is not the newest any more (HTTP 412)."""


class TooManyRequests(SentraError):
    """A limit is reached; the same request may succeed after `retry_after_seconds`."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Busy(SentraError):
    """There is more work than this machine takes on; the same request may succeed after `retry_after_seconds`."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class InterfaceUnreadable(SentraError):
    """WireGuard did not give a status for an interface that exists; the text says why and what to do."""


class InterfaceMissing(SentraError):
    """No interface of this name exists here."""


class ApplyFailed(SentraError):
    """WireGuard did not take a patch, or not as a whole. What was written of it is unknown until it is read back.

    `public_key` is that of the peer that was refused, None where the reason is another; the text names it too.
    """

    def __init__(self, interface: str, message: str, public_key: str | None = None) -> None:
        super().__init__(message)
        self.interface = interface
        self.public_key = public_key


class InterfaceExists(Conflict):
    """A link of this name exists already. `is_wireguard` says whether it may be taken over."""

    def __init__(self, message: str, *, is_wireguard: bool) -> None:
        super().__init__(message)
        self.is_wireguard = is_wireguard


class NetworkRefused(SentraError):
    """The kernel, wireguard-go or nft did not do what was asked; the text says why and what to do."""


class ForeignLink(NetworkRefused):
    """A link of this name is there and is not WireGuard's: nothing here touches it."""


class KeyUnusable(SentraError):
    """The file of an interface's private key cannot be read, written or understood on its node."""
