"""Acknowledging an alert by the link that somebody on call was sent: looked at first, then answered with a button."""

from fastapi import APIRouter, HTTPException, Request

from opensepsis.uses.ward.model.facts import Acted
from opensepsis.uses.ward.model.views import AlertView
from opensepsis.uses.ward.notify.answer_links import AnswerLink, AnswerLinks, state_of

OVER = "This link is not valid or has expired. Log in to see the alert."


def routes(context) -> APIRouter:
    """The page of a link. Looking answers nothing: programs that check mail look too."""
    router = APIRouter(prefix="/answer")
    links: AnswerLinks = context.settings.answer_links

    def found(token: str) -> tuple[AnswerLink, AlertView | None]:
        said = links.read(token, context.guard.now())
        bed = context.place.bed(said.key) if said else None
        if said is None or bed is None:
            raise HTTPException(404, OVER)
        return said, bed.alert

    def state(said: AnswerLink, alert: AlertView | None) -> str:
        return state_of(alert, said.alert, said.step)

    @router.get("/{token}", name="answer_link")
    def show(request: Request, token: str):
        said, alert = found(token)
        context.audit.note(context.guard.now(), f"{said.name} (by link)", "looked at an alert", said.key)
        return context.page(request, "answer.html", alert=alert, said=said, state=state(said, alert))

    @router.post("/{token}", name="answer_by_link")
    def answer(request: Request, token: str):
        said, alert = found(token)
        if alert is not None and state(said, alert) == "open":
            now, who = context.place.now(), f"{said.name} (by link)"
            context.audit.note(context.guard.now(), who, "acknowledge", said.key)
            context.place.act(
                said.key, Acted("", "acknowledge", who, now, "by link", alert=alert.number, step=alert.step)
            )
            return context.page(request, "answer.html", alert=alert, said=said, state="done")
        return context.page(request, "answer.html", 409, alert=alert, said=said, state=state(said, alert))

    return router
