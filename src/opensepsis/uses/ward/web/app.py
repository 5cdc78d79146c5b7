"""The web application of the ward."""

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException as StarletteHTTPException

from opensepsis.uses.ward.model.clock import Clock, WallClock
from opensepsis.uses.ward.model.service_port import WardPort
from opensepsis.uses.ward.security.accounts import Accounts, Role, Session
from opensepsis.uses.ward.security.audit import Audit
from opensepsis.uses.ward.security.emergency_access import EmergencyAccess
from opensepsis.uses.ward.state.alert_inputs import SHORT
from opensepsis.uses.ward.store.cards import Cards
from opensepsis.uses.ward.store.my_patients import MyPatients
from opensepsis.uses.ward.views.lengths import span
from opensepsis.uses.ward.web import (
    account,
    acts,
    admin,
    answers,
    board,
    cds_hooks,
    device_checks,
    emergency,
    fhir_notifications,
    fhir_reading,
    fhir_subscriptions,
    handover,
    health,
    ingest,
    letters,
    login,
    patient,
    rules,
    single_sign_on,
    smart,
)
from opensepsis.uses.ward.web.bounds import Bounded, Guarded
from opensepsis.uses.ward.web.guard import Guard, LoginNeeded
from opensepsis.uses.ward.web.settings import Settings
from opensepsis.uses.ward.web.words import ago, birth_in, clock_in, sparkline, years

HERE = Path(__file__).parent


class WebContext:
    """What the pages share: the ward, who may see it, the audit and the templates."""

    def __init__(
        self, place: WardPort, accounts: Accounts, audit: Audit, settings: Settings, wall: Clock | None = None
    ):
        self.place, self.accounts, self.audit, self.settings = place, accounts, audit, settings
        self.emergency, self.cards = EmergencyAccess(accounts.database), Cards(accounts.database)
        self.mine = MyPatients(accounts.database)
        self.guard = Guard(accounts, settings, wall or WallClock())
        self.pages = Jinja2Templates(directory=HERE / "templates")
        self.pages.env.filters |= {
            "clock": clock_in(settings.zone),
            "birth": birth_in(settings.zone),
            "span": span,
            "years": years,
            "ago": ago,
        }
        self.pages.env.globals |= {"sparkline": sparkline, "settings": settings, "short": SHORT}

    def page(self, request: Request, name: str, status: int = 200, **what) -> Response:
        """A page from a template; every page knows the ward's time."""
        session = what.pop("session", None)
        is_admin = session is not None and session.user.role >= Role.ADMIN
        told = {
            "now": self.place.now(),
            "notices": self.place.notices(),
            "session": session,
            "user": session.user if session else None,
            "rota": self._banners() if session else (),
            "to_review": self.emergency.unreviewed() if is_admin else 0,
            **what,
        }
        return self.pages.TemplateResponse(request, name, told, status_code=status)

    def _banners(self) -> tuple[str, ...]:
        """What users must know of the ward's rota and rules."""
        problem = self.settings.rules_problem
        return (*self.rota_notices(), *((problem,) if problem else ()))

    def rota_notices(self) -> tuple[str, ...]:
        """What is wrong with the rota: it cannot be read, or nobody is on call within a day for a ward whose alerts are sent."""
        rota = self.settings.rota
        if rota is None:
            return ()
        wards = sorted(
            {b.ward for b in self.place.board(None) if b.ward and not self.place.is_silent(b.ward)}
        )
        gaps = rota.gaps(wards, self.guard.now())
        nobody = (f"Within 24 hours nobody is on call for {', '.join(gaps)}.",) if gaps else ()
        return (*((f"The rota in force is an older one. {rota.problem}",) if rota.problem else ()), *nobody)

    def note(self, session: Session, what: str, subject: str = "", detail: str = "") -> None:
        """A line of the audit for what somebody did; it says when they could do it by emergency access only."""
        if session.emergency_until is not None:
            detail = f"{detail} (emergency access)".strip()
        self.audit.note(self.guard.now(), session.user.name, what, subject, detail)


def create_app(
    place: WardPort,
    accounts: Accounts,
    audit: Audit,
    settings: Settings | None = None,
    wall: Clock | None = None,
) -> FastAPI:
    """The application over a ward; sessions end by `wall`. Serve it with uvicorn, without an access log."""
    settings = settings or Settings()
    context = WebContext(place, accounts, audit, settings, wall)
    app = FastAPI(title="opensepsis ward", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.connections = context.guard.connections
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.router.routes[:0] = [
        *fhir_subscriptions.routes(context),
        *ingest.routes(context),
        *fhir_notifications.routes(context),
        *fhir_reading.routes(context),
    ]
    parts = [
        login,
        account,
        emergency,
        handover,
        device_checks,
        board,
        patient,
        acts,
        admin,
        rules,
        letters,
        health,
    ]
    parts += [answers] * bool(settings.answer_links) + [smart] * bool(settings.smart)
    parts += [single_sign_on] * bool(settings.openid) + [cds_hooks] * bool(settings.cds_hooks)
    for part in parts:
        app.include_router(part.routes(context))
    _refuse_politely(app, context)

    app.add_middleware(
        Bounded, largest=_largest(context), seconds=settings.body_seconds, headers=context.guard.headers
    )
    app.add_middleware(Guarded, guard=context.guard)
    return app


def _largest(context: WebContext) -> Callable[[dict], int]:
    """How large a body may be: messages are long, forms are short; a dead letter is a message in a form."""

    def largest(scope: dict) -> int:
        path, settings = scope["path"], context.settings
        if path.startswith(("/fhir", "/cds-services/")):
            return settings.largest_body
        mending = path.startswith("/dead-letters/") and context.guard.session(Request(scope))
        return 3 * settings.largest_body if mending else settings.largest_form

    return largest


def _refuse_politely(app: FastAPI, context: WebContext) -> None:
    @app.exception_handler(LoginNeeded)
    async def to_login(request: Request, problem: LoginNeeded):
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/login", 303)
        return JSONResponse({"detail": "Log in first."}, 401)

    @app.exception_handler(StarletteHTTPException)
    async def refused(request: Request, problem: StarletteHTTPException):
        if "text/html" in request.headers.get("accept", ""):
            return context.page(request, "refused.html", problem.status_code, why=problem.detail)
        return JSONResponse({"detail": problem.detail}, problem.status_code, headers=problem.headers)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, problem: RequestValidationError):
        return JSONResponse({"detail": "The request could not be read."}, 422)
