"""The board, and its changes as server-sent events."""

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sse_starlette.sse import EventSourceResponse

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.views import BedView
from opensepsis.uses.ward.security.accounts import Role, Session

MINUTE = 60 * SECOND

LOOK_EVERY = 0.25  # seconds
PULSE_EVERY = 4
MINE = "my patients"  # in the place of a ward
TOKEN_MARK = "%token%"  # lines are drawn once for everybody; each session's token takes its place
MOST_DRAWN = 10_000  # lines that are kept: of those who left too, until there are so many


def routes(context) -> APIRouter:
    """The board and the stream that keeps it up to date."""
    router = APIRouter()
    viewer, onlooker = context.guard.needs(Role.VIEWER), context.guard.needs(Role.VIEWER, still_there=False)
    drawn: dict[tuple[str, bool], tuple[BedView, str]] = {}

    def row(bed: BedView, session: Session) -> str:
        """One bed's line for a session; drawn again only when the bed has changed."""
        may_act = session.user.role >= Role.NURSE
        held = drawn.get((bed.key, may_act))
        if held is None or held[0] is not bed:
            if len(drawn) > MOST_DRAWN:
                drawn.clear()
            told = {"bed": bed, "may_act": may_act, "mark": TOKEN_MARK, "now": context.place.now()}
            held = bed, context.pages.get_template("bed.html").render(told)
            drawn[bed.key, may_act] = held
        return held[1].replace(TOKEN_MARK, session.token)

    def chosen(session: Session, ward: str) -> Callable[[BedView], bool]:
        """Whether a bed is of the ward, or of one's own patients, that somebody wants to see."""
        if ward != MINE:
            return lambda bed: not ward or bed.ward == ward
        own = context.mine.of(session.user.name)
        return lambda bed: bed.key in own

    @router.get("/", name="board")
    def board(request: Request, session: Annotated[Session, Depends(viewer)], ward: str = ""):
        beds = context.place.board(session.user.wards)
        wards = sorted({bed.ward for bed in beds if bed.ward})
        wanted = chosen(session, ward)
        shown = [bed for bed in beds if wanted(bed)]
        context.note(session, "saw the board", detail=ward)
        told = {
            "beds": shown,
            "wards": wards,
            "ward": ward,
            "mine": MINE,
            "rows": [row(b, session) for b in shown],
            "waiting": unanswered(shown),
            "banners": _banners(context, session),
        }
        return context.page(request, "board.html", session=session, **told)

    @router.get("/events", name="events")
    async def events(
        request: Request, session: Annotated[Session, Depends(onlooker)], ward: str = "", patient: str = ""
    ):
        def is_shown(bed: BedView) -> bool:
            return not patient or bed.key == patient

        await asyncio.to_thread(context.note, session, "follows the board", patient, ward)
        return EventSourceResponse(
            _changes(context, request, session, lambda: chosen(session, ward), is_shown, row), ping=15
        )

    return router


def unanswered(beds: Iterable[BedView]) -> int:
    """How many alerts wait for an answer."""
    return sum(bed.alert is not None and bed.alert.unanswered for bed in beds)


async def _changes(context, request: Request, session: Session, choose, is_shown, row):
    """The lines that changed, in their new order; and a pulse, so that the page knows that it is alive."""
    seen: dict = {}
    version, looks = -1, 0
    while not await request.is_disconnected():
        if context.place.version() != version:
            version = context.place.version()
            beds = await asyncio.to_thread(context.place.board, session.user.wards)
            wanted = await asyncio.to_thread(choose)
            beds = [bed for bed in beds if wanted(bed)]
            waiting = unanswered(beds)
            beds = [bed for bed in beds if is_shown(bed)]
            changed = {bed.key: row(bed, session) for bed in beds if seen.get(bed.key) is not bed}
            seen = {bed.key: bed for bed in beds}
            yield {
                "event": "board",
                "data": json.dumps({"order": list(seen), "rows": changed, "waiting": waiting}),
            }
        if looks % round(PULSE_EVERY / LOOK_EVERY) == 0:
            present = context.guard.session(request, still_there=False)
            if present is None or present.user.wards != session.user.wards:
                yield {"event": "ended", "data": ""}
                return
            yield {"event": "pulse", "data": json.dumps(_pulse(context, session))}
        looks += 1
        await asyncio.sleep(LOOK_EVERY)


def _pulse(context, session: Session) -> dict:
    now, updated = context.place.now(), context.place.updated()
    return {
        "now": now // 1000,
        "updated": updated // 1000,
        "frozen": is_frozen(context),
        "banners": _banners(context, session),
        "notices": [notice.words for notice in context.place.notices()],
    }


def is_frozen(context) -> bool:
    """Whether the engine has not done its round for too long, by the ward's own clock."""
    return (
        context.place.now() - context.place.updated()
        > context.settings.frozen_after * SECOND * context.settings.speed
    )


def _banners(context, session: Session) -> list[dict[str, str]]:
    """The feeds and wards of which nothing is heard, and who was discharged and is measured still, with the key of the page."""
    now = context.place.now()
    silent = [
        (f"feed {f.name}", f.last or f.silent_since)
        for f in context.place.feeds()
        if f.silent_since is not None
    ]
    silent += [(f"ward {name}", last) for name, last in context.place.silent_wards(session.user.wards)]
    said = [
        {"words": f"No data from {name} for {(now - last) // MINUTE} min.", "key": ""}
        for name, last in silent
    ]
    for one in context.place.measured_after_leaving(session.user.wards):
        after = (one.measured - one.left) // MINUTE
        words = f"Record {one.record}: vital signs {after} min after the discharge. Nobody is alerted until it is cancelled."
        said.append({"words": words, "key": one.key})
    return said
