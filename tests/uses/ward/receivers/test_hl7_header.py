"""What an acknowledgement echoes, and what is refused for good."""

import hl7
import pytest

from opensepsis.uses.ward.decode.hl7.header import acknowledgement, charset, fault, key_of, read_header
from tests.support.ward.listening import message

PRODUCTION = frozenset("P")


def refused(**fields: str):
    found = fault(read_header(message(**fields)), PRODUCTION)
    return found and found[0]


@pytest.mark.parametrize(
    "kind", ["ORU^R01^ORU_R01", "ADT^A01", "ORU^R01~X", "PPR^PC1", "ZZZ^Z01", "ACK", "oru^r01"]
)
def test_types_that_are_kept(kind):
    assert refused(msh9=kind) is None


@pytest.mark.parametrize("kind", ["", "ORU", "^R01", "ORU^", "ORUX^R01", "ORU^R0", "hello world"])
def test_types_that_are_refused(kind):
    assert refused(msh9=kind) == "200"


@pytest.mark.parametrize(("version", "code"), [("2", None), ("2.1", None), ("2.5.1", None), ("2.5^USA", None), ("2.8", None)]
                         + [(wrong, "203") for wrong in ("", "3.0", "2.", "V2.5", "2.5.1.1", "2.10", "xx")])  # fmt: skip
def test_versions(version, code):
    assert refused(msh12=version) == code


@pytest.mark.parametrize(
    ("processing", "code"), [("P", None), ("P^T", None), ("T", "202"), ("", "202"), ("p", "202")]
)
def test_training_and_debugging_are_refused_unless_allowed(processing, code):
    assert refused(msh11=processing) == code
    assert fault(read_header(message(msh11="T")), frozenset("PT")) is None


def test_another_receiving_application():
    header = read_header(message())
    assert fault(header, PRODUCTION, "WARD") is None
    assert fault(header, PRODUCTION, "OTHER")[0] == "103"


@pytest.mark.parametrize(
    "raw",
    [b"", b"MSH", b"MSH|", b"MSH|^~\\&", b"hello", b"<xml/>", b"PID|1", b"\xff" * 20, b"MSHA^~\\&A|B|C", b"MSH\x1c^~\\&\x1cA"]
)  # fmt: skip
def test_what_is_no_hl7(raw):
    assert read_header(raw) is None


def test_a_byte_order_mark_and_line_feeds_are_taken():
    header = read_header(b"\xef\xbb\xbf\n" + message().replace(b"\r", b"\n"))
    assert header.field(3) == b"LAB" and header.field(12) == b"2.5"


def answer_to(raw: bytes, *rest):
    body = acknowledgement(read_header(raw), "AA", "77", 1_700_000_000_000_000, *rest)
    return body, hl7.parse(body.decode("latin-1"))


def test_the_answer_turns_sender_and_receiver_round():
    body, parsed = answer_to(message("ID 1", msh18="8859/1"))
    assert str(parsed.segment("MSH")).startswith(
        "MSH|^~\\&|WARD|W|LAB|HOSP|20231114221320+0000||ACK^R01^ACK|77|P|2.5|"
    )
    assert str(parsed.segment("MSA")).strip() == "MSA|AA|ID 1"
    assert read_header(body).field(18) == b"8859/1"


def test_the_answer_speaks_with_the_senders_separators():
    raw = b"MSH#@!*%#LAB#H#WARD#W#2026##ORU@R01#a|b^c#P#2.5\rPID#1\r"
    body, parsed = answer_to(raw)
    assert body.startswith(b"MSH#@!*%#WARD#W#LAB#H#") and b"#ACK@R01@ACK#" in body
    assert str(parsed.segment("MSA")).strip() == "MSA#AA#a|b^c"


@pytest.mark.parametrize(
    ("version", "kind"),
    [("2.1", "ACK^R01"), ("2.3", "ACK^R01"), ("2.3.1", "ACK^R01^ACK"), ("2.8", "ACK^R01^ACK")],
)
def test_the_answers_type_by_version(version, kind):
    assert read_header(answer_to(message(msh12=version))[0]).field(9).decode() == kind


def test_a_fault_is_said_in_words_and_by_code():
    body, _ = answer_to(message(), ("207", "send it again"))
    assert b"MSA|AA|1|send it again\r" in body and b"ERR|||207^^HL70357|E\r" in body
    assert b"ERR" not in answer_to(message(msh12="2.3"), ("207", "send it again"))[0]


def test_no_echo_can_end_the_frame():
    raw = message("x\x1c").replace(b"LAB", b"LA\x0bB")
    body, _ = answer_to(raw)
    assert b"\x1c" not in body and b"\x0b" not in body


def test_something_without_a_header_gets_an_answer_too():
    body = acknowledgement(None, "AR", "77", 0, ("207", "no HL7"))
    assert read_header(body) and b"MSA|AR||no HL7\r" in body


@pytest.mark.parametrize(
    ("said", "codec"),
    [("", "utf-8"), ("ASCII", "utf-8"), ("UNICODE UTF-8", "utf-8"), ("8859/1", "iso8859_1"), ("8859/15", "iso8859_15"),
     ("ISO IR87", "iso2022_jp_2"), ("~ISO IR87", "iso2022_jp_2"), ("GB 18030-2000", "gb18030"), ("8859/12", None), ("KLINGON", None)],
)  # fmt: skip
def test_character_sets(said, codec):
    assert charset(read_header(message(msh18=said))) == codec
    if codec:
        "".encode(codec)


def test_the_key_names_sender_and_message():
    raw = message("Ü1", msh18="8859/1").decode().encode("latin-1")
    assert key_of(read_header(raw), raw) == "LAB|HOSP|Ü1"
    nameless = message("")
    assert key_of(read_header(nameless), nameless).startswith("LAB|HOSP|sha256:")
