"""Whether the ward is alive, and numbers for Prometheus. No patient is in either."""

import secrets

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from opensepsis.uses.ward.model.clock import SECOND
from opensepsis.uses.ward.model.views import ListenerView
from opensepsis.uses.ward.web.board import is_frozen

LOCAL = ("127.0.0.1", "::1", "testclient")


def routes(context) -> APIRouter:
    """`/healthz` for anybody; `/metrics` for this machine or with the token."""
    router = APIRouter()

    @router.get("/healthz", name="healthz")
    def healthz():
        notices = context.place.notices()
        grave = [notice.kind for notice in notices if not notice.healthy]
        grave += ["frozen"] * is_frozen(context)
        said = [*grave, *(notice.kind for notice in notices if notice.healthy)]
        return JSONResponse({"status": said[0] if said else "ok"}, 503 if grave else 200)

    @router.get("/metrics", name="metrics")
    def metrics(request: Request):
        _, _, token = request.headers.get("authorization", "").partition(" ")
        wanted = context.settings.metrics_token.encode()
        known = wanted and secrets.compare_digest(token.encode("utf-8", "replace"), wanted)
        here = request.client and request.client.host in LOCAL and "x-forwarded-for" not in request.headers
        if not known and (context.settings.metrics_token or not here):
            raise HTTPException(403, "Only this machine may read the metrics.")
        return Response(generate_latest(_numbers(context)), media_type=CONTENT_TYPE_LATEST)

    return router


def _numbers(context) -> CollectorRegistry:
    registry, place = CollectorRegistry(), context.place
    beds = place.board(None)
    Gauge("opensepsis_beds", "Patients on the board", registry=registry).set(len(beds))
    states = Gauge(
        "opensepsis_alerts", "Open alerts by state and level", ["state", "level"], registry=registry
    )
    for bed in beds:
        if bed.alert:
            states.labels(bed.alert.state, bed.alert.level).inc()
    lost = "Patients never discharged, without data for a long time"
    Gauge("opensepsis_patients_not_heard_of", lost, registry=registry).set(place.silent_patients())
    age = (place.now() - place.updated()) / SECOND
    Gauge("opensepsis_engine_age_seconds", "Since the engine's last round", registry=registry).set(age)
    waiting, oldest = place.backlog()
    Gauge("opensepsis_unread_messages", "Messages stored and not yet processed", registry=registry).set(
        waiting
    )
    Gauge("opensepsis_unread_oldest_seconds", "Age of the oldest of these", registry=registry).set(oldest)
    notices = Gauge("opensepsis_notice", "1 for each current fault of the ward", ["kind"], registry=registry)
    for notice in place.notices():
        notices.labels(notice.kind).set(1)
    kept = Gauge("opensepsis_feed_messages", "Messages stored, by feed", ["feed"], registry=registry)
    dead = Gauge("opensepsis_feed_dead", "Dead letters by feed", ["feed"], registry=registry)
    silent = Gauge("opensepsis_feed_silent", "1 while a feed is silent", ["feed"], registry=registry)
    for feed in place.feeds():
        kept.labels(feed.name).set(feed.messages)
        dead.labels(feed.name).set(feed.dead)
        silent.labels(feed.name).set(feed.silent_since is not None)
    _count_listeners(registry, place.listeners())
    return registry


def _count_listeners(registry: CollectorRegistry, listeners: tuple[ListenerView, ...]) -> None:
    answers = "MLLP messages by acknowledgement since the start: AA stored, AE not stored, AR refused"
    answered = Gauge("opensepsis_mllp_messages", answers, ["feed", "answer"], registry=registry)
    unended = Gauge("opensepsis_mllp_unended_frames", "Unterminated MLLP frames", ["feed"], registry=registry)
    open_ = Gauge("opensepsis_mllp_connections", "Open MLLP connections", ["feed"], registry=registry)
    ended = "MLLP connections ended by the ward since the start"
    dropped = Gauge("opensepsis_mllp_dropped", ended, ["feed", "reason"], registry=registry)
    for one in listeners:
        for answer, count in one.answered.items():
            answered.labels(one.feed, answer).inc(count)
        unended.labels(one.feed).inc(one.unended)
        open_.labels(one.feed).inc(one.open)
        for reason, count in one.dropped.items():
            dropped.labels(one.feed, reason).inc(count)
