"""Signing in, step by step: a password, a second factor where there is one, or a passkey, which is both."""

from typing import Any

from msgspec import Struct

from sentra.access.access import Access
from sentra.core.access import Actor
from sentra.core.errors import FieldError, Invalid, Unauthenticated
from sentra.core.factors import CODE, PASSKEY, PASSWORD, PROVIDER, Method, has_two_factors, needs_second_factor
from sentra.core.users import User
from sentra.db.bindings import bindings_of
from sentra.db.factors import factors_of
from sentra.db.users import find_user, has_password
from sentra.services.first_factor import FirstFactor
from sentra.services.limiter import Limiter
from sentra.services.login_transactions import LoginTransactions
from sentra.services.passkey_ceremony import Assertion
from sentra.services.passkeys import Passkeys
from sentra.services.recovery_codes import use_recovery_code
from sentra.services.second_factor_policy import SecondFactorPolicy
from sentra.services.sessions import SIGNED_IN, Sessions, SignedIn, Visitor
from sentra.services.totp import Totp

_WRONG_PASSWORD = "The e-mail address or the password is wrong."  # noqa: S105 - a sentence
_WRONG = {
    "password": "The password is wrong.",
    "code": "This code is wrong, too old, or was used already. Wait for the next one.",
    "recovery_code": "This is not one of your recovery codes, or it was used already.",
    "passkey": "This passkey is not known here, or could not be checked.",
}


class SecondFactorRequired(Unauthenticated):
    """The password is right; now one of these `methods` is due. `transaction` says whose it was."""

    def __init__(self, methods: tuple[Method, ...], transaction: str) -> None:
        super().__init__("Now your second factor.")
        self.methods = methods
        self.transaction = transaction


class ProofWrong(Unauthenticated):
    """What was given as a proof is none. Another try may be right. `given_by` is whose password was right before."""

    def __init__(self, text: str, given_by: Actor | None = None) -> None:
        super().__init__(text)
        self.given_by = given_by


class WrongAgain(Invalid):
    """Somebody who is signed in gave a proof that is none."""


class SignInOver(Unauthenticated):
    """The sign-in took too long or too many tries. It begins anew with the password."""


class Proof(Struct, frozen=True):
    """Something by which somebody proves who they are: just one of these."""

    password: str | None = None
    code: str | None = None
    recovery_code: str | None = None
    passkey: Assertion | None = None

    def __repr__(self) -> str:
        return f"Proof({self.kind}=(hidden))"

    @property
    def kind(self) -> str:
        """Return the name of the one that is given."""
        return next(name for name in self.__struct_fields__ if getattr(self, name) is not None)


class SignIn:
    """Starts sessions for those who prove who they are, and lets them prove it again."""

    def __init__(
        self,
        access: Access,
        sessions: Sessions,
        first_factor: FirstFactor,
        limiter: Limiter,
        transactions: LoginTransactions,
        totp: Totp,
        passkeys: Passkeys,
        policy: SecondFactorPolicy,
    ) -> None:
        self._access = access
        self._sessions = sessions
        self._first_factor = first_factor
        self._limiter = limiter
        self._transactions = transactions
        self._totp = totp
        self._passkeys = passkeys
        self._policy = policy

    async def by_password(self, email: str, password: str, visitor: Visitor) -> SignedIn:
        """Check the password and start a session; anyone may try, within the limits.

        Raises Unauthenticated (the same for an unknown address and a wrong password), SecondFactorRequired,
        TooManyRequests, Busy.
        """
        credentials = await self._first_factor.prove(email, password, address=visitor.address)
        if credentials is None:
            raise Unauthenticated(_WRONG_PASSWORD)
        return await self.go_on(credentials.user, visitor, amr=PASSWORD)

    async def go_on(self, user: User, visitor: Visitor, *, amr: tuple[str, ...], summary: str = SIGNED_IN) -> SignedIn:
        """Start the session of somebody who gave a first factor; `summary` is what the audit says of it.

        A provider may know somebody since this morning without asking them again, so whoever has a password here is
        asked for that one where a fresh proof is needed. Raises SecondFactorRequired where that is not all.
        """
        await self._require_enough(user, amr, summary)
        is_fresh = amr != PROVIDER or not await self._can_prove_by_password(user)
        return await self._sessions.start(user, visitor, amr=amr, summary=summary, is_fresh=is_fresh)

    async def by_second_factor(self, transaction: str, proof: Proof, visitor: Visitor) -> SignedIn:
        """Take the second factor of a sign-in and start the session. The transaction is the right to try.

        Raises ProofWrong, SignInOver, TooManyRequests.
        """
        user_id = self._transactions.whose(transaction)
        user = await find_user(user_id) if user_id else None
        if user is None:
            raise SignInOver("This took too long, or too many tries. Sign in once more.")
        amr = await self._second_factor(user, proof, visitor.address)
        if amr is None:
            raise ProofWrong(_WRONG[proof.kind], _known(user, visitor.address))
        began = self._transactions.end(transaction, user)
        if began is None:
            raise SignInOver("Something changed meanwhile. Sign in once more.")
        return await self._sessions.start(user, visitor, amr=(*began.amr, *amr), summary=began.summary)

    async def passkey_options(self) -> dict[str, Any]:
        """Return what a browser needs to ask for a passkey. Anyone may. Raises Conflict where there can be none."""
        return await self._passkeys.options()

    async def by_passkey(self, assertion: Assertion, visitor: Visitor) -> SignedIn:
        """Start the session of whoever the passkey belongs to. Raises ProofWrong, TooManyRequests."""
        attempt = await self._limiter.admit(visitor.address, f"passkeys from {visitor.address}", signed_in=True)
        user_id = await self._passkeys.whose(assertion)
        user = await find_user(user_id) if user_id else None
        if user is None or not user.enabled:
            raise ProofWrong(_WRONG["passkey"])
        await self._limiter.give_back(attempt, right=True)
        return await self._sessions.start(user, visitor, amr=PASSKEY)

    async def without_session(
        self, email: str, password: str, *, code: str | None, address: str
    ) -> tuple[User, tuple[str, ...]]:
        """Return whose password and code these are, and how they proved it: for a program, which gets no session.

        Raises Unauthenticated, SecondFactorRequired where there is a second factor and no code, ProofWrong for a
        wrong one, TooManyRequests, Busy.
        """
        credentials = await self._first_factor.prove(email, password, address=address)
        if credentials is None:
            raise Unauthenticated(_WRONG_PASSWORD)
        user, amr = credentials.user, PASSWORD
        if code is None:
            await self._require_enough(user, amr)
            return user, amr
        second = await self._second_factor(user, Proof(code=code), address)
        if second is None:
            raise ProofWrong(_WRONG["code"], _known(user, address))
        return user, (*amr, *second)

    async def prove(self, actor: Actor, proof: Proof) -> SignedIn:
        """Take the actor's proof that it is still them, and go on with their session under another secret.

        Raises Invalid for a proof that is none, TooManyRequests, Busy.
        """
        self._access.require(actor, "session:prove")
        session = await self._sessions.own(actor)
        user = await find_user(actor.user_id)
        amr: tuple[str, ...] | None = None
        if user and proof.password is not None:
            right = await self._first_factor.prove(user.email, proof.password, address=actor.address, signed_in=True)
            amr = PASSWORD if right else None
        elif user:
            amr = await self._second_factor(user, proof, actor.address)
        if user is None or amr is None:
            raise WrongAgain(FieldError(proof.kind, "proof-wrong", _WRONG[proof.kind]))
        ways = tuple(dict.fromkeys((*session.amr, *amr)))
        return await self._sessions.renew(
            session, user, amr=ways, record=("session:prove", "Proved again who they are")
        )

    async def _require_enough(self, user: User, amr: tuple[str, ...], summary: str = SIGNED_IN) -> None:
        factors = await factors_of(user.id)
        if not factors.any or has_two_factors(amr):
            return
        ways: dict[Method, bool] = {
            "totp": factors.totp_since is not None,
            "passkey": bool(factors.passkeys) and self._passkeys.why_not is None,
            "recovery": factors.recovery_codes > 0,
        }
        methods = tuple(method for method, there in ways.items() if there)
        raise SecondFactorRequired(methods, self._transactions.begin(user, amr, summary))

    async def _can_prove_by_password(self, user: User) -> bool:
        # Whoever must set up a second factor first gets no further than that, and to no other proof.
        needs_more = needs_second_factor(await self._policy.rule(), await bindings_of(user.id))
        return not needs_more and await has_password(user.id)

    async def _second_factor(self, user: User, proof: Proof, address: str) -> tuple[str, ...] | None:
        if proof.passkey is not None:  # cannot be guessed, so nobody can use up its tries
            return PASSKEY if await self._passkeys.whose(proof.passkey) == user.id else None
        attempt = await self._limiter.admit(address, f"second factor of {user.id}", signed_in=True)
        if proof.code is not None:
            right = await self._totp.spend(user.id, proof.code)
        else:
            right = proof.recovery_code is not None and await use_recovery_code(user.id, proof.recovery_code)
        if not right:
            return None
        await self._limiter.give_back(attempt, right=True)
        return CODE


def _known(user: User, address: str) -> Actor:
    """Give somebody as the audit names them who is not signed in yet."""
    return Actor(user_id=user.id, email=user.email, name=user.name, address=address)
