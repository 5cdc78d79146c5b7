"""The first segment of an HL7 v2 message, as far as an acknowledgement needs it, and the acknowledgement. Bytes, so that nothing
that is echoed changes; HL7 2.x chapter 2 (MSH, MSA, ERR; tables 0008, 0103, 0104, 0357), see codes.md section 5.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_HEADER = 10_000
_SEPARATORS = re.compile(rb"[!-/:-@\[-`{-~]{2,6}$")
_NAMES = (b"MSH", b"FHS", b"BHS", b"FTS", b"BTS")
_BEGINS = re.compile(rb"(?:^|[\r\n])[\x0b\x1c]*(?:MSH|[FB]HS|[FB]TS)(?=[!-/:-@\[-`{-~])")
_FRAMING = b"\x0b\x1c"
_VERSION = re.compile(rb"2(\.\d){0,2}$")
_TYPE = re.compile(rb"[A-Z][A-Z0-9]{2}$")
_EVENT = re.compile(rb"[A-Z][A-Z0-9]{2}$")
_WITHOUT_EVENT = frozenset({b"ACK", b"MCF", b"QRY", b"UDM"})
_CHARSETS = {
    "": "ascii",
    "ascii": "ascii",
    "unicode": "utf-8",
    "unicode utf-8": "utf-8",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "iso ir6": "ascii",
    "iso ir100": "iso8859_1",
    "iso ir14": "iso2022_jp_2",
    "iso ir87": "iso2022_jp_2",
    "iso ir159": "iso2022_jp_2",
    "gb 18030-2000": "gb18030",
    "big-5": "big5",
    "ks x 1001": "euc_kr",
    **{f"8859/{part}": f"iso8859_{part}" for part in (*range(1, 12), 13, 14, 15, 16)},
}


@dataclass(frozen=True)
class Header:
    """MSH: the separators and the fields by their HL7 number (MSH-3 is `field(3)`)."""

    separator: bytes
    encoding: bytes
    fields: tuple[bytes, ...]

    def field(self, number: int) -> bytes:
        """A field as it was sent, empty when it was not."""
        return self.fields[number - 1] if number <= len(self.fields) else b""

    def first(self, number: int, component: int = 1) -> bytes:
        """A component of the first repetition of a field."""
        repeat = self.field(number).split(self.encoding[1:2])[0] if self.encoding[1:2] else self.field(number)
        parts = repeat.split(self.encoding[:1])
        return parts[component - 1].strip() if component <= len(parts) else b""

    @property
    def version(self) -> tuple[int, ...]:
        """(2, 5, 1); only for a header without a fault."""
        return tuple(int(part) for part in self.first(12).decode().split("."))


def read_header(raw: bytes) -> Header | None:
    """The MSH of a message; None for what is no HL7 v2."""
    start = raw.removeprefix(BYTE_ORDER_MARK).lstrip(b"\r\n\t ")[:LONGEST_HEADER]
    line = re.split(rb"[\r\n]", start, maxsplit=1)[0]
    if not line.startswith(b"MSH") or len(line) < 8:
        return None
    separator = line[3:4]
    fields = line[4:].split(separator)
    encoding = fields[0]
    if not _SEPARATORS.match(separator + encoding) or len(fields) < 2:
        return None
    return Header(separator, encoding, (separator, *fields))


def fault(header: Header, processing: frozenset[str], application: str = "") -> tuple[str, str] | None:
    """Why the sender should never send this message again (code of table 0357, words); None when it may be kept.

    `processing` are the accepted values of MSH-11 (P production, T training, D debugging); `application`, if set, is the
    only accepted value of MSH-5.
    """
    kind, event = header.first(9, 1).upper(), header.first(9, 2).upper()
    if not _TYPE.match(kind) or not (_EVENT.match(event) or (not event and kind in _WITHOUT_EVENT)):
        return "200", "MSH-9 is no message type with a trigger event"
    if header.first(11).decode("ascii", "replace") not in processing:
        return "202", f"MSH-11 is not {' or '.join(sorted(processing))}"
    if not _VERSION.match(header.first(12)):
        return "203", "MSH-12 is no version of HL7 v2"
    if application and header.first(5).decode("utf-8", "replace") != application:
        return "103", "MSH-5 names another receiving application"
    return None


def holds_one(raw: bytes) -> bool:
    """Whether a frame holds one message: no second MSH, and nothing of a batch.

    >>> one = b"MSH|^~\\\\&|A|B\\rPID|1\\r"
    >>> holds_one(one), holds_one(one + one)
    (True, False)
    """
    whole = raw.removeprefix(BYTE_ORDER_MARK).lstrip()
    if whole.startswith(b"MSH") and not any(
        whole.find(name, 3) >= 0 for name in _NAMES
    ):  # quick, for long ones
        return True
    return len(_BEGINS.findall(whole)) == 1


def charset(header: Header) -> str | None:
    """Python's name of the character set in MSH-18; None for one that is not known. UTF-8 contains the default, ASCII."""
    repeats = header.field(18).split(header.encoding[1:2]) if header.encoding[1:2] else [header.field(18)]
    names = [repeat.split(header.encoding[:1])[0].decode("ascii", "replace").strip() for repeat in repeats]
    found = [_CHARSETS.get(n, _CHARSETS.get(n.removeprefix("iso "))) for n in map(_spaced, names)]
    switching = [name for name in found if name and name.startswith("iso2022")]
    chosen = switching[0] if switching else found[0]
    return "utf-8" if chosen == "ascii" else chosen


def _spaced(name: str) -> str:
    return name.lower().replace("_", " ").replace("iso-", "iso ").replace("iso8859", "iso 8859")


def decoded(raw: bytes, header: Header) -> tuple[str, str]:
    """A message as text, and a note where its characters are not those that MSH-18 names.

    Without MSH-18, UTF-8 (which contains ASCII) if the bytes are that, else Latin-1. So too where MSH-18
    says ASCII or UTF-8 and the bytes are not; what does not belong to another set is replaced.

    >>> raw = "MSH|^~\\\\&|A|B\\rOBX|1||\u00b5mol/L".encode("latin-1")
    >>> decoded(raw, read_header(raw))[1]
    'read as 8859/1'
    """
    name = charset(header)
    for trial in dict.fromkeys((name or "utf-8", "utf-8")):
        try:
            text = raw.decode(trial)
        except UnicodeDecodeError:
            if header.field(18) and name:
                said = "bytes outside the character set of MSH-18"
                return (
                    (raw.decode("latin-1"), f"{said}: read as 8859/1")
                    if name == "utf-8"
                    else (raw.decode(name, "replace"), said)
                )
        else:
            unknown = name is None and not raw.isascii()
            return text, "MSH-18 is not known; read as UTF-8" if unknown else ""
    return raw.decode("latin-1"), "read as 8859/1"


def key_of(header: Header, raw: bytes) -> str:
    """`MSH-3|MSH-4|MSH-10`; a message without MSH-10 is named by its hash."""
    said = [decoded(header.field(number), header)[0] for number in (3, 4, 10)]
    if not said[2]:
        said[2] = "sha256:" + sha256(raw).hexdigest()
    return "|".join(said)


def acknowledgement(
    header: Header | None, code: str, number: str, now: int, fault: tuple[str, str] | None = None
) -> bytes:
    """An ACK in the sender's own separators, with its MSH-10 unchanged in MSA-2.

    `code` is AA, AE or AR; `number` becomes MSH-10; `now` is in microseconds; `fault` a code of table 0357 and words.
    """
    if header is None:
        header = Header(b"|", b"^~\\&", (b"|", b"^~\\&"))
    bar, hat = header.separator, header.encoding[:1]
    kind = [b"ACK"]
    event = header.first(9, 2).upper()
    known = _VERSION.match(header.first(12))
    if _EVENT.match(event):
        kind += [event, b"ACK"] if known and header.version >= (2, 3, 1) else [event]
    moment = datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y%m%d%H%M%S+0000").encode()
    msh = [
        b"MSH" + bar + header.encoding,
        *(header.field(number) for number in (5, 6, 3, 4)),
        moment,
        b"",
        hat.join(kind),
        number.encode(),
        header.field(11) or b"P",
        header.field(12) or b"2.5",
    ]
    if header.field(18):
        msh += [b""] * 5 + [header.field(18)]
    msa = [b"MSA", code.encode(), header.field(10)]
    segments = [msh, msa]
    if fault:
        msa.append(fault[1].encode())
        if known and header.version >= (2, 5):
            segments.append([b"ERR", b"", b"", hat.join([fault[0].encode(), b"", b"HL70357"]), b"E"])
    return b"".join(bar.join(segment).translate(None, _FRAMING) + b"\r" for segment in segments)
