"""The handover of a ward, on a page to print."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from opensepsis.uses.ward.security.accounts import Role, Session
from opensepsis.uses.ward.views.handover import handover


def routes(context) -> APIRouter:
    """The page; without a ward it holds all that the user may see."""
    router = APIRouter()
    viewer = context.guard.needs(Role.VIEWER)

    @router.get("/handover", name="handover")
    def show(request: Request, session: Annotated[Session, Depends(viewer)], ward: str = ""):
        beds = context.place.board(session.user.wards)
        wards = sorted({bed.ward for bed in beds if bed.ward})
        found = [
            context.place.patient(bed.key, session.user.wards) for bed in beds if not ward or bed.ward == ward
        ]
        now = context.place.now()
        context.note(session, "saw the handover", detail=ward)
        told = {
            "ward": ward,
            "wards": wards,
            "handover": handover([view for view in found if view is not None], now),
        }
        return context.page(request, "handover.html", session=session, **told)

    return router
