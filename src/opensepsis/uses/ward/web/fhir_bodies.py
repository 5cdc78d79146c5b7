"""The body of a FHIR request: one JSON document or lines of them, perhaps compressed, never larger than is allowed."""

import zlib
from dataclasses import dataclass

import orjson

NDJSON = ("application/fhir+ndjson", "application/ndjson", "application/x-ndjson", "application/jsonl")
OTHER = ("xml", "turtle", "x-www-form-urlencoded", "multipart")
GZIP = ("gzip", "x-gzip")
PIECE = 2**16


class Refused(Exception):
    """A body that cannot be used: the status and the kind of issue it is answered with."""

    def __init__(self, status: int, code: str, words: str):
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


@dataclass(frozen=True)
class Line:
    """One line of an NDJSON body: its resource, or why it holds none."""

    raw: bytes
    said: dict | None = None
    words: str = ""


def unpacked_body(raw: bytes, encoding: str, most: int) -> bytes:
    """A body without its compression; Refused for another coding, a damaged one, and one that grows past `most` bytes.

    >>> from gzip import compress
    >>> unpacked_body(compress(b"{}"), "gzip", 10)
    b'{}'
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return raw
    if encoding not in GZIP:
        raise Refused(415, "not-supported", "The only content coding that the ward reads is gzip.")
    found = bytearray()
    while raw:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof:
                piece = unpacker.decompress(raw, min(PIECE, most + 1 - len(found)))
                raw, found = unpacker.unconsumed_tail, found + piece
                if len(found) > most:
                    raise Refused(413, "too-long", "The decompressed body is too large.")
                if not piece and not raw:
                    break
        except zlib.error as problem:
            raise Refused(400, "structure", "The body is not valid gzip.") from problem
        if not unpacker.eof:
            raise Refused(400, "structure", "The gzip body is truncated.")
        raw = unpacker.unused_data
    return bytes(found)


def _listed(entries: object) -> bool:
    """Whether the entries of a Bundle are a list, or there are none; what each of them is, is answered entry by entry."""
    return entries is None or isinstance(entries, list)


def one_document(raw: bytes) -> dict:
    """The resource of a JSON body."""
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise Refused(400, "structure", "The body is not valid JSON.") from problem
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("resourceType"), str)
        or not _listed(said.get("entry"))
    ):
        raise Refused(400, "structure", "The body is not a FHIR resource.")
    return said


def in_lines(raw: bytes, kind: str) -> list[Line] | None:
    """The lines of an NDJSON body; None for a body of one document. Refused for a format that the ward does not read."""
    kind = kind.partition(";")[0].strip().lower()
    if any(name in kind for name in OTHER):
        raise Refused(415, "not-supported", "The ward reads only FHIR JSON and NDJSON.")
    if kind not in NDJSON and not _looks_like_lines(raw):
        return None
    return [_line(line) for line in raw.split(b"\n") if line.strip()]


def _looks_like_lines(raw: bytes) -> bool:
    """Whether the first of several lines is a whole document."""
    first, newline, rest = raw.lstrip().partition(b"\n")
    if not newline or not rest.strip() or not first.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(orjson.loads(first), dict)
    except orjson.JSONDecodeError:
        return False


def _line(raw: bytes) -> Line:
    try:
        return Line(raw, one_document(raw))
    except Refused as problem:
        return Line(raw, words=problem.words.replace("body", "line"))
