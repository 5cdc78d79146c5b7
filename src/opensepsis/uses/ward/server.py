"""Everything of a ward in one process: receivers, store, engine, delivery, pages. Ends in order on SIGINT or SIGTERM."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import uvicorn

from opensepsis.data.decode.site import Site, read_site
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.errors import FormatError, MissingError, OpensepsisError
from opensepsis.rules import minutes
from opensepsis.uses.ward.decode import Remembering
from opensepsis.uses.ward.ingest.csv_tail import tail_folder
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.ingest.fhir_subscriber import Subscriber
from opensepsis.uses.ward.ingest.mllp_server import Listener, MLLPServer
from opensepsis.uses.ward.ingest.mqtt import Broker, subscribe
from opensepsis.uses.ward.model.clock import Clock, HandClock, WallClock
from opensepsis.uses.ward.model.facts import Acted
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.model.views import BedView
from opensepsis.uses.ward.notify.alert_subscriptions import AlertSubscriptions
from opensepsis.uses.ward.notify.answer_links import NOT_TAKEN, NOT_USED, AnswerLinks, state_of
from opensepsis.uses.ward.notify.receiver_answer import ReceiverAnswer
from opensepsis.uses.ward.notify.rota import Rota
from opensepsis.uses.ward.notify.webhook import Webhook
from opensepsis.uses.ward.notify.worker import Channel, Delivery, outlets
from opensepsis.uses.ward.rules_in_force import rules_of
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.service.parting import site_of_store
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.service.service import WardService
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import (
    USUAL_CLOCKS,
    USUAL_PHENOTYPES,
    USUAL_SCORES,
    Watched,
    watched,
)
from opensepsis.uses.ward.state.patient import Patient
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.database import Database, open_database
from opensepsis.uses.ward.store.group_commit import Committer
from opensepsis.uses.ward.store.lease import BEAT_EVERY, Lease, Superseded
from opensepsis.uses.ward.store.resources import kept
from opensepsis.uses.ward.store.rule_changes import RuleChanges
from opensepsis.uses.ward.store.subscriptions import Subscriptions
from opensepsis.uses.ward.views.next_act import ACKNOWLEDGE
from opensepsis.uses.ward.web.app import create_app
from opensepsis.uses.ward.web.bounds import HeadInTime, without_words
from opensepsis.uses.ward.web.fhir_names import name_of, name_of_lines
from opensepsis.uses.ward.web.fhir_reading import fits
from opensepsis.uses.ward.web.settings import Settings

logger = logging.getLogger("opensepsis.ward")
STOP_WITHIN = 3.0  # seconds for the last snapshot


@dataclass(frozen=True)
class WardConfig:
    """What a ward listens to, what it watches and how it speaks. Without a listener, folder or broker only HTTP is heard."""

    database: str = "ward.db"
    site: Site = field(default_factory=read_site)
    watching: Watched = field(default_factory=watched)
    policy: AlertPolicy = field(default_factory=AlertPolicy)
    listeners: tuple[Listener, ...] = (Listener(),)
    folder: Path | None = None
    broker: Broker | None = None
    channels: tuple[Channel, ...] = ()
    web: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=WallClock)
    anchors: Path | None = None
    rota: Path | None = None  # who is on call
    fhir_sources: tuple[FhirSource, ...] = ()  # servers that tell of changes; they need `web.address`
    wait_for_database: float = 60.0  # seconds, while a server restarts
    on_hour: Callable[[Patient, int], None] | None = None  # told of each hour of each patient


class Pages(uvicorn.Server):
    """The pages; a signal ends them, and then the rest of the ward in order: uvicorn would raise it again at once."""

    def __init__(self, config: uvicorn.Config, on_exit: Callable[[], None] = lambda: None):
        super().__init__(config)
        self.on_exit = on_exit

    def handle_exit(self, sig, frame) -> None:
        """What a signal does."""
        self.on_exit()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self):
        """Until the pages have ended."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()


class WardServer:
    """A running ward. `beside` runs next to it, as a replay does, and may end before it."""

    def __init__(self, plan: WardConfig, lease: Lease | None = None):
        self.plan, self.lease = plan, lease
        database = lease.database if lease else open_database(plan.database, plan.wait_for_database)
        if lease:
            database.fence = lease.fence
        self.store = Store(database, outlets(plan.channels))
        secret = ward_secret(database)
        rota = Rota(plan.rota, plan.web.zone) if plan.rota else None
        self.links = links = AnswerLinks(plan.web.address, secret) if rota and plan.web.address else None
        self.wall = wall = plan.clock if isinstance(plan.clock, WallClock) else WallClock()
        wall.no_earlier_than(self.store.horizon() if wall is plan.clock else 0)
        of_ward = {"rota": rota, "links": links, "clock": wall}
        channels = tuple(replace(c, **of_ward) if isinstance(c, Webhook) else c for c in plan.channels)
        self.accounts, self.audit = Accounts(database), Audit(database)
        may_send = (lambda: lease.is_sure) if lease else (lambda: True)
        self.delivery = Delivery(
            self.store, channels, clock=wall, may_send=may_send, on_answer=self._answered
        )
        policy, watching, problem = _rules(plan, database)
        limits = {
            name: to_microseconds(minutes(feed.silent_after))
            for name, feed in plan.site.feeds.items()
            if name
        }
        site = site_of_store(self.store, plan.site, secret)
        read = Remembering(
            site, lambda name: kept(database, name), lambda *about: self.engine.charted(*about)
        )
        self.engine = Processor(
            self.store,
            read,
            watching,
            policy,
            plan.clock,
            self._told,
            limits,
            read.forget,
            read.beside,
            read.noted,
            plan.on_hour,
        )
        self.committer = Committer(self.store, on_kept=self.engine.wake)
        self.hospital = WardService(
            self.engine,
            self.committer.keep_now,
            secret,
            limits,
            plan.web.speed,
            lambda: bool(self.committer.failing),
            self.committer.keep,
            site,
        )
        kept_at = Subscriptions(database)
        self.subscribers = tuple(
            Subscriber(one, kept_at, self._keep_told, plan.web.address, wall) for one in plan.fhir_sources
        )
        base = f"{plan.web.address.rstrip('/')}/fhir"
        telling = AlertSubscriptions(self.store, base, wall, fits, may_send) if plan.web.address else None
        self.alert_subscriptions = telling
        web = replace(
            plan.web,
            rota=rota,
            answer_links=links,
            subscribers=self.subscribers,
            alert_subscriptions=telling,
            base_policy=plan.policy,
            policy=policy,
            rules_problem=problem,
            silent=policy.silent if policy != plan.policy else plan.web.silent,
        )
        self.app = create_app(self.hospital, self.accounts, self.audit, web, wall)
        self.superseded = False

    def _told(self) -> None:
        """Alerts have changed."""
        self.delivery.wake()
        if self.alert_subscriptions:
            self.alert_subscriptions.wake()

    def _answered(self, channel: str, change: Transition, answer: ReceiverAnswer) -> None:
        """Takes what a receiver answered about an alert: whether it stands as it was told is judged where all answers are."""
        place, noted = self.hospital.key_of(change.patient), self.wall.now()
        if answer.problem:
            logger.warning("Channel %s: an answer was not used (%s).", channel, answer.problem)
            self.audit.note(noted, channel, NOT_USED, place, answer.problem)
            return
        who, now = f"{answer.by} (answer of {channel})", self.hospital.now()
        bed = self.hospital.bed(place)
        state = state_of(bed.alert if bed else None, change.alert, change.step)
        self.audit.note(
            noted, who, NOT_USED if state in NOT_TAKEN else ACKNOWLEDGE, place, NOT_TAKEN.get(state, "")
        )
        self.hospital.act(place, Acted("", ACKNOWLEDGE, who, now, alert=change.alert, step=change.step))

    async def _keep_told(self, feed: str, raw: bytes, lines: list[dict] | None) -> None:
        """Keeps what a FHIR server told, as if it had been posted."""
        name = name_of(orjson.loads(raw), raw) if lines is None else name_of_lines(lines, raw)
        await self.hospital.receive_soon(feed, "fhir", name.key, raw, name.may_return, name.resources)

    def first_admin(self) -> str | None:
        """The password of a new account 'admin' where there is no account yet: shown once, kept nowhere."""
        if self.accounts.any():
            return None
        password = secrets.token_urlsafe(12)
        self.accounts.add("admin", password, "admin")
        return password

    async def run(
        self, ready: Callable[[], None] = lambda: None, beside: Callable[[], Awaitable] | None = None
    ) -> None:
        """Until it is told to stop. It listens and keeps at once; the state of the patients comes back meanwhile."""
        servers = [
            await MLLPServer(listener, self.committer, self.plan.clock).start()
            for listener in self.plan.listeners
        ]
        self.hospital.listeners = lambda: tuple(server.view() for server in servers)
        pages = Pages(self._serving(), self._begin_stop)
        serving = asyncio.create_task(pages.serve())
        while not pages.started and not serving.done():
            await asyncio.sleep(0.02)
        self.engine.start(catch_up=True)
        self.delivery.start()
        if self.alert_subscriptions:
            self.alert_subscriptions.start()
        tasks = [asyncio.create_task(one) for one in self._listening()]
        if self.lease:
            tasks.append(asyncio.create_task(self._keep_lease(self.lease, pages)))
        ready()
        if beside is not None:
            tasks.append(asyncio.create_task(_named(beside())))
        try:
            await serving
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*(server.close(patience=0.5) for server in servers))
            await asyncio.to_thread(self.close)
        if self.superseded:
            raise Superseded("Another ward has taken over this database. This ward was stopped.")

    async def _keep_lease(self, lease: Lease, pages: Pages) -> None:
        """Beats as long as the ward runs; ends it when another has taken over."""
        while True:
            try:
                await asyncio.to_thread(lease.beat)
            except Superseded:
                logger.error("Another ward has taken over this database; this one ends.")
                self.superseded = pages.should_exit = True
                return
            except Exception as problem:
                logger.error("The lease could not be renewed (%s).", type(problem).__name__)
            await asyncio.sleep(BEAT_EVERY)

    def _begin_stop(self) -> None:
        self.engine.begin_stop()

    def close(self) -> None:
        """Keeps what is in hand, finishes the round, notes the audit's last line outside the database, closes."""
        self.engine.begin_stop()
        self.delivery.close(patience=0.5)
        if self.alert_subscriptions:
            self.alert_subscriptions.close(patience=0.5)
        self.committer.close()
        if self.engine.stop(patience=1.0) and not self.superseded:
            self.engine.take_snapshot(patience=STOP_WITHIN)
        try:
            write_anchor(self.audit, self.plan.anchors)
        except Exception as problem:  # the database is away or the disk full
            logger.error("The audit's last line could not be noted (%s).", type(problem).__name__)
        self.store.close()
        if self.lease:
            self.lease.release()

    def _listening(self):
        plan = self.plan
        if plan.folder is not None:
            local = plan.site.local
            yield tail_folder(plan.folder, "csv", self.store, self.committer, plan.clock, local=local)
        if plan.broker is not None:
            yield subscribe(plan.broker, "mqtt", self.committer, plan.clock)
        for subscriber in self.subscribers:
            yield subscriber.run()
        if plan.anchors is not None:
            yield _anchor_daily(self.audit, plan.anchors)

    def _serving(self) -> uvicorn.Config:
        web = self.plan.web
        logging.getLogger("uvicorn.error").addFilter(without_words)
        return uvicorn.Config(
            self.app,
            host=web.host,
            port=web.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            ssl_certfile=web.certificate,
            ssl_keyfile=web.key,
            timeout_graceful_shutdown=1,
            proxy_headers=bool(web.trusted_proxies),
            forwarded_allow_ips=list(web.trusted_proxies),
            h11_max_incomplete_event_size=65_536,
            http=type("Limited", (HeadInTime,), {"places": self.app.state.connections}),
            ws="none",
        )


def _rules(plan: WardConfig, database: Database) -> tuple[AlertPolicy, Watched, str]:
    """The rules that two persons agreed on last, else the plan's; and in words why agreed ones cannot be used."""
    agreed = RuleChanges(database).in_force()
    if agreed is None:
        return plan.policy, plan.watching, ""
    try:
        return *rules_of(agreed.said, agreed.number, plan.policy, plan.web.zone), ""
    except OpensepsisError as problem:
        logger.error("Rules %d cannot be used (%s).", agreed.number, type(problem).__name__)
        words = (
            f"Rules {agreed.number} cannot be used by this version: the usual rules are in force. {problem}"
        )
        return plan.policy, plan.watching, words


def board_of(database: str, site: Site, zone: str, moment: int) -> tuple[BedView, ...]:
    """The board that a database's log gives at a moment (microseconds, UTC), without starting a ward."""
    watching = watched(USUAL_SCORES, USUAL_PHENOTYPES, USUAL_CLOCKS, zone)
    house = WardServer(WardConfig(database, site, watching, listeners=(), clock=HandClock(moment)))
    try:
        house.engine.rebuild()
        house.engine.round()
        return house.hospital.board(None)
    finally:
        house.store.close()


async def _named(work: Awaitable) -> None:
    """Says when what runs beside has failed, without its words."""
    try:
        await work
    except asyncio.CancelledError:
        raise
    except Exception as problem:
        logger.error("The replay has stopped (%s).", type(problem).__name__)


async def _anchor_daily(audit: Audit, path: Path) -> None:
    while True:
        await asyncio.to_thread(write_anchor, audit, path)
        await asyncio.sleep(24 * 3600)


def write_anchor(audit: Audit, path: Path | None) -> None:
    """Adds the audit's last number and hash to a file outside the database, so that lines cut off its end show."""
    anchor = audit.anchor()
    if path is None or anchor is None:
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{anchor[0]} {anchor[1]}\n")


def read_anchors(path: Path) -> list[tuple[int, str]]:
    """Every anchor of a file; MissingError or FormatError for a file that has none."""
    if not path.is_file():
        raise MissingError(
            f"There is no file {path} with audit anchors. Name the file that the ward's --audit-anchor-file writes."
        )
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        said = line.split()
        if len(said) != 2 or not said[0].isdecimal():
            raise FormatError(
                f"{path}, line {number} is not an anchor. Each line must hold a number and a hash."
            )
        found.append((int(said[0]), said[1]))
    if not found:
        raise FormatError(f"{path} contains no anchors to verify against.")
    return found


def ward_secret(database: Database) -> bytes:
    """The ward's own secret, made once: from it the keys are made that stand for patients in addresses."""
    with database.transaction() as run:
        found = run("SELECT value FROM secret WHERE name = 'addresses'")
        value = found[0][0] if found else secrets.token_hex(32)
        if not found:
            run("INSERT INTO secret (name, value) VALUES ('addresses', ?)", (value,))
    return bytes.fromhex(value)
