"""Made-up weeks of blood cultures in many versions, told as HL7 v2 and as resources of FHIR R4."""

from dataclasses import dataclass
from random import Random

from tests.support.hospitals.bulk_export import coded, encounter, iso, observation, patient
from tests.support.ward.hl7_messages import sent

SAID = (
    "Escherichia coli", "Klebsiella oxytoca", "Staphylococcus aureus", "Staphylococcus epidermidis", "Candida albicans",
    "Escherichia coli; Klebsiella oxytoca", "Gram negative rods", "No growth at 5 days", "No growth", "Pending", "Rule out MRSA",
    "Staphylococcus epidermidis", "S. aureus not isolated", "Streptococcus pneumoniae",
)  # fmt: skip
CODES = {"Escherichia coli": "112283007", "Staphylococcus aureus": "3092008"}
STATUS = {"P": "preliminary", "F": "final", "C": "corrected", "W": "entered-in-error"}
BLOOD, URINE = ("BLD", "Blood"), ("UR", "Urine")


@dataclass(frozen=True)
class Version:
    """What is said of a culture at an hour."""

    own: str
    taken: float
    filed: float
    status: str
    said: str
    specimen: tuple[str, str]
    number: int


@dataclass(frozen=True)
class Weeks:
    """A patient's visit at the door (None: none) and stay, with cultures and neutrophils, in hours."""

    door: tuple[float, float] | None
    stay: tuple[float, float]
    cultures: tuple[Version, ...]
    neutrophils: tuple[tuple[float, float], ...]


def weeks(draw: Random) -> Weeks:
    """Anybody's weeks: most cultures are taken near the days on which the events change."""
    door = draw.choice((None, (0.0, 6.0), (0.0, 12.0)))
    admitted = 0.0 if door is None else door[1] + draw.choice((0.0, 0.5, 3.0))
    stay = (admitted, admitted + 24 * draw.choice((3, 10, 25)))
    versions = [v for n in range(draw.randint(1, 5)) for v in _versions(str(n), stay, door, draw)]
    counts = tuple(
        (admitted + 24 * day + 1, draw.choice((0.4, 0.9, 1.0, 3.0))) for day in range(draw.choice((0, 3, 6)))
    )
    return Weeks(door, stay, tuple(sorted(versions, key=lambda v: (v.filed, v.own))), counts)


def _versions(own: str, stay, door, draw: Random) -> list[Version]:
    first = stay[0] if door is None else door[0]
    taken = draw.choice(
        (first + 1, stay[0] + 2, stay[0] + 60, stay[0] + 80, stay[0] + 24 * draw.randint(2, 20))
    )
    specimen = draw.choice((BLOOD, BLOOD, BLOOD, URINE))
    orders = draw.choice(
        (("F",), ("P", "F"), ("P", "P", "F"), ("P", "F", "C"), ("F", "W"), ("P", "F", "C", "W"), ("F", "C"))
    )
    said, found = draw.choice(SAID), []
    for number, status in enumerate(orders, 1):
        said = said if draw.random() < 0.4 else draw.choice(SAID)
        filed = taken + 12 * number + draw.choice((0, 1, 5))
        found.append(Version(own, taken, filed, status, said, specimen, number))
    return found


def _stamp(hours: float) -> str:
    return iso(hours).translate({ord(c): None for c in "-T:Z"}) + "+0000"


def as_hl7(told: Weeks) -> list[tuple[float, bytes]]:
    """Messages with the hour of their receipt."""
    pid = "PID|1||p^^^feed^MR||ROE^ANN||19600501|F"

    def visit(event: str, hours: float, kind: str, name: str, end: str = "") -> tuple[float, bytes]:
        pv1 = (
            f"PV1|1|{kind}|{'ED' if kind == 'E' else '3B'}^1^1"
            + "|" * 16
            + name
            + "|" * 25
            + f"{'' if end else _stamp(hours)}|{end}"
        )
        return hours, sent(pid, f"EVN|{event}|{_stamp(hours)}", pv1, kind=f"ADT^{event}", at=_stamp(hours))

    found = [visit("A01", told.stay[0], "I", "e"), visit("A03", told.stay[1], "I", "e", _stamp(told.stay[1]))]
    if told.door:
        found += [
            visit("A04", told.door[0], "E", "d"),
            visit("A03", told.door[1], "E", "d", _stamp(told.door[1])),
        ]
    for v in told.cultures:
        taken, filed, (code, words) = _stamp(v.taken), _stamp(v.filed), v.specimen
        value = f"{CODES[v.said]}^{v.said}^SCT" if v.said in CODES else f"^{v.said}^L"
        obr = (
            f"OBR|1||B{v.own}|MIC^Culture^L|||{taken}" + "|" * 8 + f"{code}&{words}&HL70070" + "|" * 7 + filed
        )
        test = "600-7" if v.specimen == BLOOD else "630-4"
        obx = f"OBX|1|CWE|{test}^Bacteria identified^LN|1|{value}||||||{v.status}"
        found.append((v.filed, sent(pid, obr, obx, at=filed)))
    for hours, value in told.neutrophils:
        obx = f"OBX|1|NM|751-8^Neutrophils^LN||{value}|10*3/uL|||||F|||{_stamp(hours)}"
        found.append(
            (hours, sent(pid, f"OBR|1||N{hours}|58410-2^Count^LN|||{_stamp(hours)}", obx, at=_stamp(hours)))
        )
    return sorted(found)


def as_fhir(told: Weeks) -> list[tuple[float, dict]]:
    """Resources with the hour of their receipt."""
    found: list[tuple[float, dict]] = [(0.0, patient())]
    spans = [("e", told.stay, "IMP")] + ([("d", told.door, "EMER")] if told.door else [])
    found += [(end, encounter(name, start=start, end=end, code=code)) for name, (start, end), code in spans]
    for v in told.cultures:
        value = {"text": v.said}
        value |= coded(CODES[v.said], "http://snomed.info/sct") if v.said in CODES else {}
        found.append((v.filed, observation(
            f"c{v.own}", "600-7" if v.specimen == BLOOD else "630-4", hours=v.taken, status=STATUS[v.status], issued=iso(v.filed),
            valueQuantity=None, valueCodeableConcept=value, specimen={"display": v.specimen[1]},
            meta={"versionId": str(v.number), "lastUpdated": iso(v.filed)},
        )))  # fmt: skip
    for n, (hours, value) in enumerate(told.neutrophils):
        found.append((hours, observation(f"n{n}", "751-8", value, "10*3/uL", hours=hours, issued=iso(hours))))
    return sorted(found, key=lambda one: one[0])
