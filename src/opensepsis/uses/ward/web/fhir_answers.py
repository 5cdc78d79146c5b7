"""Answers to FHIR requests: OperationOutcome, and of a Bundle one answer for each of its entries."""

from dataclasses import dataclass

from fastapi.responses import JSONResponse

from opensepsis.data.decode.fhir.deleted import CHARTED
from opensepsis.data.decode.fhir.reference import read_reference

JSON = "application/fhir+json; charset=utf-8"
ANSWERED = {"transaction": "transaction-response", "batch": "batch-response"}
STATUS = {
    200: "200 OK",
    201: "201 Created",
    204: "204 No Content",
    400: "400 Bad Request",
    405: "405 Method Not Allowed",
    422: "422 Unprocessable Entity",
    503: "503 Service Unavailable",
}
DELETABLE = (*CHARTED, "Encounter")


@dataclass(frozen=True)
class Judged:
    """What becomes of one entry: its status and, where it is refused, why."""

    status: int
    code: str = ""
    words: str = ""
    location: str = ""

    @property
    def refused(self) -> bool:
        """Whether the entry is not kept."""
        return self.status >= 400


def judged(entry) -> Judged:
    """What becomes of an entry of a transaction or batch if it is kept.

    >>> judged({"request": {"method": "PATCH", "url": "Patient/7"}}).status
    405
    """
    if not isinstance(entry, dict):
        return Judged(400, "structure", "The entry is not an object.")
    request = entry.get("request")
    request = request if isinstance(request, dict) else {}
    method, url = str(request.get("method") or "").upper(), str(request.get("url") or "")
    reference, resource = read_reference({"reference": url}), entry.get("resource")
    if method == "DELETE":
        if reference.form == "literal" and reference.kind in DELETABLE:
            return Judged(204)
        return Judged(422, "not-supported", "The ward does not delete this; a person must resolve it.")
    if method not in ("POST", "PUT", ""):
        return Judged(405, "not-supported", "In a Bundle the ward takes POST, PUT and DELETE.")
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return Judged(400, "required", "The entry contains no resource.")
    kind, name = resource["resourceType"], str(resource.get("id") or "")
    told = reference.kind or url.partition("?")[0].strip("/")
    if url and told and told != kind:
        return Judged(400, "invalid", "The URL and the resource do not match.")
    if method == "PUT" and reference.form == "literal" and name != reference.name:
        return Judged(400, "invalid", "The URL and the resource do not match.")
    location = f"{kind}/{name}" if name else ""
    return Judged(200 if method == "PUT" else 201, location=location)


def bundle_of(kind: str, entries: list[Judged]) -> JSONResponse:
    """The answer to a transaction or batch, entry by entry."""
    return JSONResponse(
        {"resourceType": "Bundle", "type": kind, "entry": [_answer(entry) for entry in entries]},
        media_type=JSON,
    )


def _answer(entry: Judged) -> dict:
    response: dict = {"status": STATUS[entry.status]}
    if entry.location and not entry.refused:
        response["location"] = entry.location
    if entry.words:
        response["outcome"] = _outcome(entry.code, entry.words)
    return {"response": response}


def outcome(
    status: int, code: str, words: str, severity: str = "error", at: list[int] | None = None
) -> JSONResponse:
    """An OperationOutcome; `at` are the entries of the Bundle that it is about."""
    return JSONResponse(_outcome(code, words, severity, at or []), status, media_type=JSON)


def _outcome(code: str, words: str, severity: str = "error", at: list[int] | tuple = ()) -> dict:
    issue: dict = {"severity": severity, "code": code, "diagnostics": words}
    if at:
        issue["expression"] = [f"Bundle.entry[{number}]" for number in at]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
