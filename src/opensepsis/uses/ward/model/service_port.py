"""What the pages ask of the ward, and what they may do to it."""

from collections.abc import Iterable
from typing import Protocol

from opensepsis.data.decode.facts import Problem
from opensepsis.uses.ward.model.facts import Acted
from opensepsis.uses.ward.model.messages import Message
from opensepsis.uses.ward.model.transitions import Transition
from opensepsis.uses.ward.model.views import (
    BedView,
    FeedView,
    IdentityView,
    LeftView,
    LetterView,
    ListenerView,
    Notice,
    PatientView,
)


class WardPort(Protocol):
    """The ward as the pages see it. Every call answers from memory or one short query."""

    def now(self) -> int:
        """The ward's clock."""
        ...

    def version(self) -> int:
        """Rises with every change of the board."""
        ...

    def updated(self) -> int:
        """When the engine last did its round: older than a few seconds means that the board is frozen."""
        ...

    def notices(self) -> tuple[Notice, ...]:
        """What is wrong with the ward itself, the gravest first."""
        ...

    def backlog(self) -> tuple[int, float]:
        """How many messages wait to be read, and for how many seconds the oldest has waited."""
        ...

    def board(self, wards: frozenset[str] | None) -> tuple[BedView, ...]:
        """The beds of these wards (None: all): what nobody has answered first, then what is due next."""
        ...

    def patient(self, key: str, wards: frozenset[str] | None) -> PatientView | None:
        """One patient by the board's key; None when there is none in these wards."""
        ...

    def bed(self, key: str) -> BedView | None:
        """The line of a patient by the board's key; None for one who is not here."""

    def bed_of(self, feed: str, patient: bytes) -> BedView | None:
        """The line of the patient whom a FHIR Patient of a feed names; None for one who is not here, or whose birth date differs."""

    def is_silent(self, ward: str) -> bool:
        """Whether alerts of a ward are only recorded."""
        ...

    def knows(self, clock: str, trigger: str, task: str, concept: str) -> bool:
        """Whether a clock, trigger, task and measurement that somebody names (or leaves empty) are the ward's."""
        ...

    def silent_wards(self, wards: frozenset[str] | None) -> tuple[tuple[str, int], ...]:
        """The wards of whose patients nothing at all has been heard for long, and since when."""
        ...

    def act(self, key: str, act: Acted) -> None:
        """Keeps what a user did, durably, before it returns; `act.patient` is filled in by the ward."""
        ...

    def feeds(self) -> tuple[FeedView, ...]:
        """How the feeds do."""
        ...

    def listeners(self) -> tuple[ListenerView, ...]:
        """What the MLLP listeners did since they began."""
        ...

    def silent_patients(self) -> int:
        """How many patients were never discharged and left the board, because nothing about them came for long."""
        ...

    def measured_after_leaving(self, wards: frozenset[str] | None) -> tuple[LeftView, ...]:
        """The patients of these wards who were discharged and have vital signs since."""
        ...

    def identities(self) -> IdentityView:
        """How many patients may have values of another, or lack their own."""
        ...

    def dead_letters(self, longest: int) -> tuple[tuple[Message, Problem], ...]:
        """Messages that could not be read, newest first; so many bytes of each."""
        ...

    def is_dead(self, number: int) -> bool:
        """Whether a message is a dead letter that is not mended yet."""
        ...

    def reprocess(self, number: int, raw: bytes, by: str) -> None:
        """Sends a mended dead letter through again, as a new message."""
        ...

    def undelivered(self) -> tuple[LetterView, ...]:
        """Changes of alerts that could not be delivered to somebody, newest first."""
        ...

    def deliver_again(self, outlet: str, number: int) -> bool:
        """Lets a change that could not be delivered be tried again; False when there is none."""
        ...

    def changes_after(self, number: int) -> Iterable[Transition]:
        """The changes of alerts in the order in which they were written, without so many of the first."""
        ...

    def message(self, number: int) -> Message | None:
        """One message as it came."""
        ...

    def receive(self, feed: str, form: str, key: str, raw: bytes) -> bool:
        """Keeps something that came in over HTTP, durably, before it returns; False for a duplicate."""
        ...

    async def receive_soon(
        self,
        feed: str,
        form: str,
        key: str,
        raw: bytes,
        may_return: bool = False,
        resources: tuple[str, ...] = (),
    ) -> bool:
        """The same for the event loop."""
        ...
