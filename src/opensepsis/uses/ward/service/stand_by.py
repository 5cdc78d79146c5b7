"""A ward that waits until the database is free: another ward is at work on it."""

import asyncio
import logging
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from opensepsis.uses.ward.store.lease import BEAT_EVERY, Lease
from opensepsis.uses.ward.web.settings import Settings

logger = logging.getLogger("opensepsis.ward")


async def stand_by(lease: Lease, web: Settings) -> bool:
    """Returns when the lease is taken, True; False when told to stop. `/healthz` says 503 and standby meanwhile."""
    pages = uvicorn.Server(_serving(web)) if _is_free(web) else None  # the ward at work may have the port
    serving = asyncio.create_task(pages.serve()) if pages else None
    try:
        while serving is None or not serving.done():
            await asyncio.sleep(BEAT_EVERY)
            try:
                if await asyncio.to_thread(lease.try_take):
                    return True
            except Exception as problem:
                logger.warning(
                    "The database is unavailable (%s); this ward keeps waiting.", type(problem).__name__
                )
        return False
    finally:
        if pages and serving and not serving.done():
            pages.should_exit = True
            await serving


def _is_free(web: Settings) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((web.host, web.port))
        except OSError:
            return False
    return True


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"status": "standby"}, 503)


def _serving(web: Settings) -> uvicorn.Config:
    app = Starlette(routes=[Route("/healthz", _health)])
    return uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=web.certificate,
        ssl_keyfile=web.key,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
