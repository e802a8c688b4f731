"""The composition root: the only module that knows every part, and how they fit together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from quart import Quart

from sentra.access.access import Access
from sentra.agent.drivers import Drivers
from sentra.agent.found import LocalNodeLook
from sentra.agent.local_machine import LocalMachine
from sentra.agent.node_keys import KeyFolder, LocalNodeKeys
from sentra.agent.reconciler import Reconciler
from sentra.agent.sampler import Sampler
from sentra.agent.system import System
from sentra.agent.watched_names import WatchedNames
from sentra.core.agents import NodeKeys, NodeLook
from sentra.core.clock import Clock, SystemClock
from sentra.core.events import EventBus
from sentra.db.database import answers, close_database, open_database
from sentra.db.migrations import prepare_database
from sentra.edge.edge import Edge
from sentra.live.bus import InMemoryEventBus
from sentra.live.cache import StatusCache
from sentra.live.follow import expire, follow
from sentra.live.frames import Frames
from sentra.live.watchers import Watchers
from sentra.network.https import Fetch, Https
from sentra.network.links import Links
from sentra.network.masquerade import Masquerade
from sentra.network.resolver import Resolver
from sentra.network.targets import Targets
from sentra.services.absent_node import AbsentNode
from sentra.services.access_tokens import AccessTokens
from sentra.services.addresses import Addresses
from sentra.services.adoption import Adoption
from sentra.services.api_tokens import ApiTokens
from sentra.services.applied import Reports
from sentra.services.audit import Audit
from sentra.services.audit_log import AuditLog
from sentra.services.bearers import Bearers
from sentra.services.bindings import Bindings
from sentra.services.changes import ChangeLimits, Changes
from sentra.services.config_files import config_revision
from sentra.services.confirmations import Confirmations
from sentra.services.drift import Drifts
from sentra.services.first_factor import FirstFactor
from sentra.services.identities import Identities
from sentra.services.imports import Imports
from sentra.services.interface_states import InterfaceStates
from sentra.services.interfaces import Interfaces
from sentra.services.invitations import Invitations
from sentra.services.key_rotation import KeyRotation
from sentra.services.limiter import Limiter
from sentra.services.login_transactions import LoginTransactions
from sentra.services.newcomers import Newcomers
from sentra.services.oidc import Oidc
from sentra.services.oidc_admission import Admission
from sentra.services.oidc_discovery import Discovery
from sentra.services.oidc_tokens import IdTokens
from sentra.services.oidc_transactions import OidcTransactions
from sentra.services.one_time_links import OneTimeLinks
from sentra.services.owned_peers import OwnedPeers
from sentra.services.passkeys import Passkeys
from sentra.services.passwords import Passwords
from sentra.services.peer_batches import PeerBatches
from sentra.services.peer_configs import PeerConfigs
from sentra.services.peer_expiry import PeerExpiry
from sentra.services.peer_making import PeerMaking
from sentra.services.peer_specs import PeerSpecs
from sentra.services.peer_states import PeerStates
from sentra.services.peers import Peers
from sentra.services.places import Places
from sentra.services.profile import Profile
from sentra.services.programs import Programs
from sentra.services.providers import Providers
from sentra.services.rate_limits import Rates
from sentra.services.refusals import Refusals
from sentra.services.repeats import Requests
from sentra.services.resealing import GRACE_SECONDS, Resealing
from sentra.services.retold import Retelling
from sentra.services.revisions import RevisionHistory
from sentra.services.sealed_peers import SealedPeers
from sentra.services.sealing import Sealing
from sentra.services.second_factor_policy import SecondFactorPolicy
from sentra.services.second_factors import SecondFactors
from sentra.services.session_list import SessionList
from sentra.services.sessions import SessionLimits, Sessions
from sentra.services.setup import Setup
from sentra.services.sights import Sights
from sentra.services.sign_in import SignIn
from sentra.services.signing_keys import SigningKeys
from sentra.services.specs import Specs
from sentra.services.status import Statuses
from sentra.services.suggestions import Suggestions
from sentra.services.surroundings import Surroundings
from sentra.services.tickets import Tickets
from sentra.services.token_families import TokenFamilies
from sentra.services.totp import Totp
from sentra.services.touched import Touched
from sentra.services.users import Users
from sentra.settings import Settings
from sentra.settings.state_folder import kept_secret
from sentra.web.addresses import addresses_blueprint
from sentra.web.adoption import adoption_blueprint
from sentra.web.audit import audit_blueprint
from sentra.web.bindings import bindings_blueprint
from sentra.web.drift import drift_blueprint
from sentra.web.factors import factors_blueprint
from sentra.web.idempotency import Repeats
from sentra.web.interface_actions import interface_actions_blueprint
from sentra.web.interfaces import interfaces_blueprint
from sentra.web.invitations import invitations_blueprint
from sentra.web.keys import keys_blueprint
from sentra.web.oidc import oidc_blueprint
from sentra.web.peer_batches import peer_batches_blueprint
from sentra.web.peer_configs import peer_configs_blueprint
from sentra.web.peers import peers_blueprint
from sentra.web.policies import policies_blueprint
from sentra.web.profile import profile_blueprint
from sentra.web.providers import providers_blueprint
from sentra.web.retold import LostAnswers
from sentra.web.revisions import revisions_blueprint
from sentra.web.routes import register
from sentra.web.session import session_blueprint
from sentra.web.sessions import sessions_blueprint
from sentra.web.status import status_blueprint
from sentra.web.stream import StreamLimits, stream_blueprint
from sentra.web.token import token_blueprint
from sentra.web.tokens import tokens_blueprint
from sentra.web.users import users_blueprint
from sentra.wireguard.netlink import NetlinkDriver
from sentra.wireguard.uapi import UapiDriver

LOCAL_NODE: Final = "local"


class Sentra:
    """The control plane with its built-in agent.

    `async with sentra.opened()` around everything; `run_background()` as a task beside the server; `closing` set before
    the server stops, so that open streams leave.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        drivers: Drivers | None = None,
        passwords: Passwords | None = None,
        look: NodeLook | None = None,
        node_keys: NodeKeys | None = None,
        change_limits: ChangeLimits | None = None,
        stream_limits: StreamLimits | None = None,
        resealing_grace_seconds: float = GRACE_SECONDS,
        fetch: Fetch | None = None,
    ) -> None:
        self.settings = settings
        self.closing = asyncio.Event()
        self.bus = InMemoryEventBus()
        clock = clock or SystemClock()
        self.cache = StatusCache(clock.monotonic)
        access = Access.shipped()
        self.passwords = passwords or Passwords()
        self.identities = Identities(clock)
        self.audit = Audit(clock, settings.audit_key_file)
        self.refusals = Refusals(clock, self.audit)
        limiter = Limiter(clock)
        first_factor = FirstFactor(limiter, self.passwords)
        limits = SessionLimits(settings.session_idle_seconds, settings.session_absolute_seconds)
        self.sessions = Sessions(clock, access, self.identities, self.audit, self.passwords, first_factor, limits)
        sealing = Sealing(settings.master_key_file)
        self.resealing = Resealing(sealing, self.audit, grace_seconds=resealing_grace_seconds)
        self.proofs = Proofs(self, clock, access, limiter, first_factor, sealing)
        self.bearers = Bearers(settings.local_token_file)
        self.setup = Setup(
            clock, self.passwords, self.audit, public_origin=settings.public_origin, link_file=settings.setup_link_file
        )
        self.signing_keys = SigningKeys(clock)
        api_tokens = ApiTokens(clock, access, self.identities, self.audit)
        access_tokens = AccessTokens(clock, self.signing_keys, settings.public_origin)
        families = TokenFamilies(clock, self.identities, self.audit, limiter, self.proofs.sign_in, access_tokens)
        tickets = Tickets(clock, access)
        self.programs = Programs(self.bearers, api_tokens, families, tickets, self.sessions)
        places = Places(lambda: self.management.changes.count)
        statuses = Statuses(access, Sights(access, places), self.cache, clock.now)
        agent_folder = settings.state_dir / "agent"
        machine = _machine(agent_folder)
        here = (
            None
            if settings.disable_agent
            else LocalNodeLook(machine, lambda: self.reconciler.managed_names, left=lambda: self.reconciler.left_names)
        )
        keys_here = None if settings.disable_agent else LocalNodeKeys(KeyFolder(agent_folder / "keys"))
        self.management = Management(
            clock,
            access,
            self.bus,
            self.cache,
            sealing,
            self.audit,
            node=LOCAL_NODE,
            look=look or here or AbsentNode(),
            node_keys=node_keys or keys_here or AbsentNode(),
            limits=change_limits,
        )
        people = People(self, clock, access, limiter, families)
        fetch = fetch or Https(Targets(settings.allowed_private_targets), Resolver())
        by_providers = ByProviders(self, clock, access, limiter, sealing, fetch)
        self.edge = Edge(
            state_dir=settings.state_dir,
            public_origin=settings.public_origin,
            https_port=settings.https_port,
            http_port=settings.http_port,
            tls_cert=settings.tls_cert,
            tls_key=settings.tls_key,
            tls_auto=settings.tls_auto,
            tls_sans=settings.tls_sans,
            domain=settings.domain,
            clock=clock,
            bind_addresses=settings.bind_addresses,
        )
        self.links = Links()
        self.names = WatchedNames(settings.interfaces)
        self.sampler = Sampler(
            node=LOCAL_NODE,
            bus=self.bus,
            drivers=drivers or _drivers(),
            links=self.links,
            system=System().look,
            interfaces=self.names,
            idle_seconds=settings.sample_seconds,
            clock=clock,
        )
        self.reconciler = Reconciler(
            node=LOCAL_NODE,
            bus=self.bus,
            source=self.management.specs,
            machine=machine,
            links=self.links,
            names=self.names,
            folder=agent_folder,
            clock=clock,
        )
        self.asgi = Quart("sentra", static_folder=None)
        self.watchers = Watchers(self.bus)
        rates = Rates(clock, settings.rate_limits)
        stream = stream_blueprint(
            statuses=statuses,
            sessions=self.sessions,
            programs=self.programs,
            tickets=tickets,
            cache=self.cache,
            frames=Frames(self.cache),
            watchers=self.watchers,
            rates=rates,
            closing=self.closing,
            clock=clock,
            limits=stream_limits,
        )
        register(
            self.asgi,
            version=version("sentra"),
            public_origin=settings.public_origin,
            sans=self.edge.names.hosts,
            access=access,
            sessions=self.sessions,
            programs=self.programs,
            rates=rates,
            policy=self.proofs.policy,
            refusals=self.refusals,
            setup=self.setup,
            is_ready=answers,
            read_ca=self.edge.authority_pem,
            blueprints=(
                status_blueprint(statuses),
                stream,
                audit_blueprint(AuditLog(access, self.programs.still_valid)),
                *self.management.blueprints,
                *people.blueprints,
                *self.proofs.blueprints,
                *by_providers.blueprints,
                token_blueprint(families),
                tokens_blueprint(api_tokens),
                keys_blueprint(KeyRotation(clock, access, self.audit, self.signing_keys, sealing, self.resealing)),
            ),
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open the database, migrated and checked, and see to a setup link while there is no owner.

        Raises DatabaseRefused or EdgeRefused, before anything else happens.
        """
        await asyncio.to_thread(prepare_database, self.settings.database)
        await asyncio.to_thread(self.edge.prepare)
        await open_database(self.settings.database)
        try:
            await self.setup.keep_setup_link()
            self.bearers.open()
            secret = self.settings.jwt_secret or kept_secret(self.settings.jwt_secret_file)
            file = None if self.settings.jwt_secret_is_given else self.settings.jwt_secret_file
            self.signing_keys.use(secret, self.settings.jwt_secret_previous, file=file)
            yield
        finally:
            self.bearers.close()
            await self.management.requests.close()
            await self.sessions.close()
            await self.refusals.close()
            await close_database()
            self.passwords.close()

    async def run_background(self) -> None:
        """Run the agent, the status cache's feed and the edge until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(follow(self.bus, self.cache))
            tasks.create_task(expire(self.cache))
            tasks.create_task(self.edge.watch())
            tasks.create_task(self.refusals.run())
            tasks.create_task(self.resealing.run())
            tasks.create_task(self.management.reports.follow())
            tasks.create_task(self.management.confirmations.run())
            tasks.create_task(self.management.newcomers.follow())
            tasks.create_task(self.management.expiry.run())
            if not self.settings.disable_agent:
                tasks.create_task(self._run_agent(tasks))

    async def _run_agent(self, tasks: asyncio.TaskGroup) -> None:
        ready = asyncio.Event()
        tasks.create_task(self.links.follow(ready))
        # The first sample must know the links: an interface that exists is not shown as missing for a moment.
        await ready.wait()
        tasks.create_task(self.reconciler.run())
        await self.sampler.run()


class Management:
    """Interfaces and peers: the services that steer them, and their routes."""

    def __init__(
        self,
        clock: Clock,
        access: Access,
        bus: EventBus,
        cache: StatusCache,
        sealing: Sealing,
        audit: Audit,
        *,
        node: str,
        look: NodeLook,
        node_keys: NodeKeys,
        limits: ChangeLimits | None,
    ) -> None:
        limits = limits or ChangeLimits()
        self.reports = Reports(bus)
        touched = Touched()
        surroundings = Surroundings(look, clock)
        self.changes = Changes(
            clock, access, bus, self.reports, audit, config_revision, limits, touched, cache.is_online, surroundings
        )
        self.specs = Specs(node, PeerSpecs(sealing, clock, touched))
        sealed = SealedPeers(sealing)
        self.confirmations = Confirmations(clock, access, self.changes, sealed)
        self.expiry = PeerExpiry(clock, self.changes)
        self.requests = Requests(clock)
        states = InterfaceStates(access, self.reports, cache, config_revision)
        interfaces = Interfaces(clock, access, self.changes, states, look, frozenset({node}))
        making = PeerMaking(sealing, cache, clock, rest_seconds=limits.resting_seconds)
        self.newcomers = Newcomers(bus, self.changes, making, look)
        peer_states = PeerStates(access)
        peers = Peers(access, self.changes, making, peer_states)
        self.peer_batches = PeerBatches(access, self.changes, making, peer_states)
        repeats = Repeats(self.requests, LostAnswers(Retelling(access, interfaces, peer_states)))
        self.blueprints = (
            interfaces_blueprint(interfaces, Suggestions(access, look), repeats),
            interface_actions_blueprint(interfaces, self.confirmations),
            adoption_blueprint(
                Adoption(clock, access, self.changes, interfaces, making, look),
                Imports(clock, access, self.changes, interfaces, making, look, node_keys),
                repeats,
            ),
            drift_blueprint(Drifts(access, self.changes, interfaces, self.reports, making, look)),
            revisions_blueprint(RevisionHistory(access, self.changes, interfaces, sealed)),
            addresses_blueprint(Addresses(access, clock, audit, rest_seconds=limits.resting_seconds)),
            peers_blueprint(peers, repeats),
            peer_batches_blueprint(self.peer_batches, repeats),
            peer_configs_blueprint(PeerConfigs(access, sealing), peers),
        )


class Proofs:
    """How people prove who they are: passwords, second factors, passkeys; the services, and their routes."""

    def __init__(
        self,
        sentra: Sentra,
        clock: Clock,
        access: Access,
        limiter: Limiter,
        first_factor: FirstFactor,
        sealing: Sealing,
    ) -> None:
        audit, identities, sessions = sentra.audit, sentra.identities, sentra.sessions
        self.first_factor = first_factor
        totp = Totp(clock, sealing, sentra.settings.public_origin)
        passkeys = Passkeys(clock, sentra.settings.public_origin)
        transactions = LoginTransactions(clock)
        self.policy = SecondFactorPolicy(clock, access, sessions, audit)
        self.sign_in = SignIn(access, sessions, first_factor, limiter, transactions, totp, passkeys, self.policy)
        factors = SecondFactors(clock, access, identities, sessions, audit, self.policy, totp, passkeys)
        self.blueprints = (
            session_blueprint(sessions, self.sign_in, self.policy, access),
            factors_blueprint(factors),
            policies_blueprint(self.policy, factors),
        )


class People:
    """Users, the links by which they come in, and where they are signed in: the services, and their routes."""

    def __init__(self, sentra: Sentra, clock: Clock, access: Access, limiter: Limiter, families: TokenFamilies) -> None:
        audit, identities, sessions = sentra.audit, sentra.identities, sentra.sessions
        links = OneTimeLinks(clock, sentra.settings.public_origin)
        peers = OwnedPeers(access, sentra.management.changes)
        session_list = SessionList(access, audit, sessions, families)
        bindings = Bindings(clock, access, audit, identities, frozenset({LOCAL_NODE}))
        self.blueprints = (
            users_blueprint(Users(clock, access, audit, identities, sessions, links, peers, bindings), session_list),
            bindings_blueprint(bindings),
            sessions_blueprint(session_list),
            profile_blueprint(Profile(clock, access, audit, identities)),
            invitations_blueprint(Invitations(clock, audit, identities, sessions, sentra.passwords, limiter, links)),
        )


class ByProviders:
    """Signing in by identity providers: the services, and their routes."""

    def __init__(
        self, sentra: Sentra, clock: Clock, access: Access, limiter: Limiter, sealing: Sealing, fetch: Fetch
    ) -> None:
        discovery = Discovery(clock, fetch)
        oidc = Oidc(
            sentra.proofs.sign_in,
            limiter,
            sealing,
            discovery,
            IdTokens(clock, fetch, discovery),
            OidcTransactions(clock),
            Admission(clock, sentra.audit, sentra.identities),
            sentra.settings.public_origin,
        )
        nodes = frozenset({LOCAL_NODE})
        providers = Providers(clock, access, sentra.audit, sealing, sentra.sessions, discovery, oidc, nodes)
        self.blueprints = (
            oidc_blueprint(oidc, sentra.proofs.policy),
            providers_blueprint(providers),
        )


def _machine(folder: Path) -> LocalMachine:
    return LocalMachine(NetlinkDriver(), UapiDriver(), Masquerade(folder / "forwarding.json"), Resolver())


def _drivers() -> Drivers:
    uapi = UapiDriver()
    return Drivers(NetlinkDriver(), uapi, uapi.has_socket)
