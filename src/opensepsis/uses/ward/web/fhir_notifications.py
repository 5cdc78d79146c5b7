"""Where FHIR servers notify the ward of changes: `POST /fhir-notifications/{name}`, each Subscription with a secret of its own.

Servers without the backport put a resource under its type and id, or send nothing and expect to be asked.
"""

import logging

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from opensepsis.uses.ward.ingest.fhir_subscriber import PATH, Subscriber
from opensepsis.uses.ward.web.fhir_answers import outcome
from opensepsis.uses.ward.web.fhir_bodies import Refused, one_document, unpacked_body
from opensepsis.uses.ward.web.guard import bearer_token

logger = logging.getLogger("opensepsis.ward.fhir")
EMPTY = {"resourceType": "Bundle", "type": "history"}


def routes(context) -> list[Route]:
    """The places to notify."""
    subscribers: dict[str, Subscriber] = {one.source.base: one for one in context.settings.subscribers}

    async def notified(request: Request) -> JSONResponse:
        secret = bearer_token(request.headers.get("authorization", ""))
        kept = next(iter(subscribers.values())).kept
        held = kept.proved(request.path_params["name"], secret) if secret else None
        subscriber = subscribers.get(held.server) if held else None
        if held is None or subscriber is None:
            return outcome(401, "login", "The secret of a Subscription is required.")
        try:
            encoding = request.headers.get("content-encoding", "")
            raw = unpacked_body(await request.body(), encoding, context.settings.largest_body)
            await subscriber.take(held, one_document(raw) if raw.strip() else EMPTY)
        except Refused as problem:
            return outcome(problem.status, problem.code, problem.words)
        except (ValueError, TypeError, AttributeError, orjson.JSONDecodeError):
            return outcome(400, "structure", "This is not a notification.")
        except Exception as problem:  # not kept, or what it is about could not be fetched: it must come again
            logger.error("A notification could not be stored (%s).", type(problem).__name__)
            return outcome(503, "transient", "It could not be stored. Send it again.")
        return outcome(200, "informational", "Kept.", "information")

    if not subscribers:
        return []
    return [
        Route(f"{PATH}{{name}}", notified, methods=["POST", "PUT"], name="fhir_notified"),
        Route(
            f"{PATH}{{name}}/{{kind}}/{{id}}",
            notified,
            methods=["POST", "PUT"],
            name="fhir_notified_resource",
        ),
    ]
