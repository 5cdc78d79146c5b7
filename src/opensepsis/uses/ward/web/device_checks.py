"""Values that are possible and unlikely, and monitors that repeat themselves, of a whole ward: whom to go to with another device."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from opensepsis.uses.ward.security.accounts import Role, Session


def routes(context) -> APIRouter:
    """The page; without a ward it holds all that the user may see."""
    router = APIRouter()
    viewer = context.guard.needs(Role.VIEWER)

    @router.get("/checks", name="device_checks")
    def show(request: Request, session: Annotated[Session, Depends(viewer)], ward: str = ""):
        beds = context.place.board(session.user.wards)
        wards = sorted({bed.ward for bed in beds if bed.ward})
        found = [bed for bed in beds if bed.marks and (not ward or bed.ward == ward)]
        found.sort(key=lambda bed: (bed.ward, bed.bed))
        context.note(session, "saw the values to check", detail=ward)
        told = {"ward": ward, "wards": wards, "beds": found, "of": len(beds)}
        return context.page(request, "checks.html", session=session, **told)

    return router
