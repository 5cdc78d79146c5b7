"""The rules of alerting: an administrator proposes a change, another confirms it; in force from the next start of the ward."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from opensepsis.errors import AccountError, OpensepsisError
from opensepsis.uses.ward.rules_in_force import differences, rules_of
from opensepsis.uses.ward.security.accounts import Role, Session
from opensepsis.uses.ward.store.rule_changes import CONFIRMED, WITHDRAWN, RuleChanges


def routes(context) -> APIRouter:
    """The page, proposing, and deciding."""
    router = APIRouter(prefix="/rules")
    admin = context.guard.needs(Role.ADMIN)
    changes = RuleChanges(context.accounts.database)
    base, zone = context.settings.base_policy, context.settings.zone

    @router.get("", name="rules")
    def show(request: Request, session: Annotated[Session, Depends(admin)]):
        context.note(session, "saw the rules")
        return _page(session, request)

    @router.post("", name="propose_rules")
    def propose(
        request: Request,
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        said: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
    ):
        context.guard.check_token(session, token)
        try:
            rules_of(said, 0, base, zone)
            number = changes.propose(said, reason, session.user.name, context.guard.now())
        except OpensepsisError as problem:
            return _page(session, request, str(problem), 422, said, reason)
        context.note(session, "proposed rules", detail=f"{number}: {reason.strip()}")
        return RedirectResponse("/rules", 303)

    @router.post("/{number}/decide", name="decide_rules")
    def decide(
        number: int,
        session: Annotated[Session, Depends(admin)],
        token: Annotated[str, Form()],
        decision: Annotated[str, Form()] = "",
    ):
        context.guard.check_token(session, token)
        if decision not in (CONFIRMED, WITHDRAWN):
            raise HTTPException(422, "Confirm the change, or withdraw it.")
        try:
            changes.decide(number, decision, session.user.name, context.guard.now())
        except AccountError as problem:
            raise HTTPException(422, str(problem)) from problem
        context.note(session, f"{decision} rules", detail=str(number))
        return RedirectResponse("/rules", 303)

    def _page(
        session: Session,
        request: Request,
        wrong: str = "",
        status: int = 200,
        said: str = "",
        reason: str = "",
    ):
        waiting, held = changes.waiting(), changes.in_force()
        policy = context.settings.policy
        told = {
            "wrong": wrong,
            "said": said or (held.said if held else ""),
            "reason": reason,
            "waiting": waiting,
            "held": held,
        }
        told |= {"policy": policy, "history": changes.all(), "effect": (), "unreadable": ""}
        if waiting:
            try:
                told["effect"] = differences(policy, rules_of(waiting.said, waiting.number, base, zone)[0])
            except OpensepsisError as problem:
                told["unreadable"] = str(problem)
        return context.page(request, "rules.html", status, session=session, **told)

    return router
