"""One day on a real ward: store, engine, board and audit, told things as HL7 v2 over MLLP or as FHIR R4."""

import re
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import orjson
from fastapi import FastAPI
from fastapi.testclient import TestClient

from opensepsis.data.decode.fhir.dispatch import key_of
from opensepsis.data.decode.site import Site, read_site
from opensepsis.data.site import LocalWords, StandingOrder
from opensepsis.engine.semantics.time import to_microseconds as microseconds
from opensepsis.rules import minutes
from opensepsis.uses.ward.decode import Remembering
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.model.facts import Acted, unpacked
from opensepsis.uses.ward.model.messages import Arrival
from opensepsis.uses.ward.security.accounts import Accounts
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.service.processor import Processor
from opensepsis.uses.ward.service.service import WardService
from opensepsis.uses.ward.state.alert_policy import AlertPolicy
from opensepsis.uses.ward.state.monitored import watched
from opensepsis.uses.ward.state.ward import Ward
from opensepsis.uses.ward.store import Store
from opensepsis.uses.ward.store.resources import kept
from opensepsis.uses.ward.web.app import create_app
from opensepsis.uses.ward.web.settings import Settings
from tests.support.ward.telling import Telling
from tests.support.ward.wire import Wire

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
SCALE_2 = StandingOrder(frozenset({("l", "O2S2"), ("urn:ward:orders", "O2S2")}))
SITE = replace(read_site(), local=LocalWords(spo2_scale_2=SCALE_2))
WATCHING = watched()
PASSWORD = "a long enough password"
CALLED = ("alert", "escalated", "suppressed", "silent")


def to_microseconds(minute: float) -> int:
    """A minute of a day that begins in the usual morning."""
    return int(MORNING.timestamp() + minute * 60) * 1_000_000


@dataclass
class Day(Telling):
    """A ward that is told things; `form` is hl7 or fhir."""

    form: str
    path: object
    born: str = "19500101"
    sex: str = "F"
    policy: AlertPolicy = field(default_factory=lambda: AlertPolicy(silent=False))
    start: datetime = MORNING
    zone: str = ""
    site: Site = SITE

    def __post_init__(self):
        self.clock = HandClock(self.to_microseconds(-600))
        self.limits = {n: microseconds(minutes(f.silent_after)) for n, f in self.site.feeds.items() if n}
        self.count = 0
        self.open()

    def open(self) -> None:
        """Starts the ward, as at first or again."""
        self.store = Store(self.path)
        self.wire = Wire(self.store, self.clock) if self.form == "hl7" else None
        read = Remembering(
            self.site,
            lambda name: kept(self.store.database, name),
            lambda *about: self.engine.charted(*about),
        )
        self.engine = Processor(
            self.store, read, WATCHING, self.policy, self.clock, limits=self.limits, forget=read.forget,
            beside=read.beside, noted=read.noted,
        )  # fmt: skip
        self.engine.rebuild()
        self.hospital = WardService(
            self.engine, lambda a: self.store.keep([a])[0], b"secret", self.limits, site=self.site
        )
        self.accounts, self.audit = Accounts(self.store.database), Audit(self.store.database)
        self.__dict__.pop("app", None)

    @cached_property
    def app(self) -> FastAPI:
        """The pages; made when somebody looks, as most days have nobody who does and pages take longer than the day."""
        return create_app(self.hospital, self.accounts, self.audit, Settings(zone=self.zone or "UTC"))

    def killed(self) -> None:
        """The process ends without a word; another begins."""
        self.close()
        self.open()

    def close(self) -> None:
        if self.wire:
            self.wire.close()
        self.store.close()

    def send(self, minute: float, hl7: str, fhir: dict, times: int = 1, feed: str = "feed") -> None:
        """Receives a message at a minute and lets the engine do its round."""
        self.count += 1
        self.clock.set(self.to_microseconds(minute))
        for _ in range(times):
            if self.wire:
                self.wire.send(feed, hl7.replace("%ID%", str(self.count)).encode())
            else:
                fhir.setdefault("meta", {}).setdefault("versionId", str(self.count))
                arrival = Arrival(
                    feed, "fhir", key_of(fhir), orjson.dumps(fhir), self.to_microseconds(minute)
                )
                self.store.keep([arrival])
        self.engine.round()

    def wait(self, minute: float) -> None:
        """Lets time pass."""
        self.clock.set(self.to_microseconds(minute))
        self.engine.round()

    def at_work(self, role: str = "nurse") -> TestClient:
        """Somebody who has logged in."""
        if role not in [user.name for user in self.accounts.users()]:
            self.accounts.add(role, PASSWORD, role)
        client = TestClient(self.app, follow_redirects=False)
        assert client.post("/login", data={"name": role, "password": PASSWORD}).status_code == 303
        return client

    def page(self, role: str = "nurse", who: str = "1") -> str:
        """One patient's page as somebody sees it."""
        client = self.at_work(role)
        client.get("/")
        return client.get(f"/patient/{self.key(who)}").text

    def name(self, who: str = "1") -> str:
        """A patient's name: a number of the issuer `feed`, or an id on the server of the feed of that name."""
        issued = self.form == "hl7" or self.site.feed("feed").authority == "feed"
        return f"feed|{who}" if issued else f"server feed|{who}"

    def key(self, who: str = "1") -> str:
        return self.hospital.key_of(self.engine.ward.root(self.name(who)))

    def does(self, minute: float, act: str, role: str = "nurse", who: str = "1", **said) -> None:
        """Somebody acts on a patient, on the ward's own page."""
        self.wait(minute)
        client = self.at_work(role)
        token = re.search(
            r'name="token" value="([^"]+)"', client.get("/", headers={"accept": "text/html"}).text
        )[1]
        form = {"token": token, "act": act} | {name: str(value) for name, value in said.items()}
        answer = client.post(f"/patient/{self.key(who)}/act", data=form)
        assert answer.status_code == 303, answer.text
        self.engine.round()

    def alerts(self) -> list[str]:
        """The changes of alerts so far."""
        return [t.state.value for t in self.store.transitions()]

    def last(self):
        """The last change of an alert."""
        return list(self.store.transitions())[-1]

    def audited(self) -> list[tuple[str, str]]:
        """Who did what to a patient, first to last; looks at the board and logins left out."""
        lines = [(who, what) for _, _, who, what, subject, _ in self.audit.latest()[::-1] if subject]
        return [line for line in lines if line[1] != "saw a patient" and "not taken" not in line[1]]

    def patient(self, who: str = "1"):
        return self.engine.ward.patients[self.engine.ward.root(self.name(who))]

    def total(self, score: str, minute: float, who: str = "1"):
        """The total of a score at a minute, as known now; the reason where it is not made for the patient."""
        patient, scores = self.patient(who), {s.name: s for s in WATCHING.scores}
        refused = patient.refusals(self.to_microseconds(minute))
        return refused.get(score) or patient.bedside.points(scores[score], self.to_microseconds(minute)).total

    def task(self, clock: str, trigger: str, task: str):
        return next(
            t
            for t in self.patient().tasks
            if (t.clock, t.trigger, t.task) == (clock, trigger, task) and t.state != "contradicted"
        )

    def states(self, clock: str, trigger: str) -> dict[str, str]:
        """How every task of an arm stands."""
        mine = [t for t in self.patient().tasks if (t.clock, t.trigger) == (clock, trigger)]
        return {t.task: t.state.value for t in mine}

    def check(self) -> None:
        """What holds after every day: nothing unread, every alert traced to messages, the log replays, the audit is whole."""
        assert self.store.unread() == []
        self._traced()
        self._replayed()
        anchor = self.audit.anchor()
        assert self.audit.verify([anchor] if anchor else []).whole
        done = [unpacked(m.raw) for m in self._messages() if m.form == "act"]
        assert [(f.user, f.act) for f in done if isinstance(f, Acted)] == self.audited()

    def _messages(self):
        numbers = self.store.database.rows("SELECT number FROM message ORDER BY number")
        return [self.store.message(number) for (number,) in numbers]

    def _traced(self) -> None:
        """Every call names messages that are there and are about this patient; so does every value on the patient's page."""
        about: dict[int, set[str]] = {}
        for entry in self.store.log():
            about.setdefault(entry.message, set()).add(self.engine.ward.root(entry.fact.patient))
        for change in self.store.transitions():
            assert change.policy == self.policy.label
            assert change.evidence or change.state.value not in CALLED or self._by_hand(), change
            assert all(self.engine.ward.root(change.patient) in about[n] for n in change.evidence), change
        for patient in self.engine.ward.patients.values():
            view = self.hospital.patient(self.hospital.key_of(patient.name), None)
            for shown in view.why_now if view else ():
                known = shown.standing != "missing" and shown.what != "age"
                assert not known or patient.name in about[shown.message], shown

    def _by_hand(self) -> bool:
        return any(what == "start" for _, what in self.audited())

    def _replayed(self) -> None:
        """A ward that reads the log alone tells the same, byte for byte."""
        ward = Ward(WATCHING, self.policy, limits=self.limits)
        again = [*ward.take(self.store.log()), *ward.run_timers(self.store.horizon())]
        assert [orjson.dumps(asdict(t)) for t in again] == [
            orjson.dumps(asdict(t)) for t in self.store.transitions()
        ]
