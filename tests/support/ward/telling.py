"""What happens on a ward, said once in a few words and told as HL7 v2 or as FHIR R4. Minutes count from the start of the day."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

VITALS = {
    "rate": ("9279-1", "/min"), "spo2": ("59408-5", "%"), "systolic": ("8480-6", "mm[Hg]"), "mean": ("8478-0", "mm[Hg]"),
    "pulse": ("8867-4", "/min"), "temp": ("8310-5", "Cel"), "flow": ("3151-8", "L/min"), "weight": ("29463-7", "kg"),
}  # fmt: skip
LABS = {
    "lactate": ("2524-7", "mmol/L"), "lactate_mass": ("14118-4", "mg/dL"), "creatinine": ("2160-0", "mg/dL"),
    "creatinine_molar": ("14682-9", "umol/L"), "platelets": ("777-3", "10*3/uL"), "bilirubin": ("1975-2", "mg/dL"),
}  # fmt: skip
STATUS = {"F": "final", "C": "corrected", "W": "entered-in-error", "P": "preliminary"}
ORDERS = {
    "comfort": ("133918004", "Comfort care", "SCT"), "scale_2": ("O2S2", "SpO2 scale 2 (88-92 %)", "L"),
    "blood_count": ("58410-2", "Full blood count", "LN"),
}  # fmt: skip
ORDER_SYSTEMS = {"SCT": "http://snomed.info/sct", "L": "urn:ward:orders", "LN": "http://loinc.org"}
GENDERS = {"F": "female", "M": "male", "U": "unknown"}
PREGNANCY = {"pregnant": ("LA15173-0", "Pregnant"), "not": ("LA26683-5", "Not pregnant")}


def whom(who: str) -> dict:
    return {"reference": f"Patient/{who}"}


def loinc(code: str) -> dict:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def bundle(resources: list[dict]) -> dict:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


class Telling(ABC):
    """The messages of a day. HL7 times are local and without an offset where there is a zone; FHIR times always have one."""

    start: datetime
    zone: str
    born: str
    sex: str
    form: str

    @abstractmethod
    def send(self, minute: float, hl7: str, fhir: dict, times: int = 1, feed: str = "feed") -> None:
        """Receives a message."""

    def local(self, minute: float) -> datetime:
        return (self.start + timedelta(minutes=minute)).astimezone(ZoneInfo(self.zone) if self.zone else UTC)

    def stamp(self, minute: float) -> str:
        return self.local(minute).strftime("%Y%m%d%H%M%S") + ("" if self.zone else "+0000")

    def iso(self, minute: float) -> str:
        return self.local(minute).isoformat()

    def to_microseconds(self, minute: float) -> int:
        return int((self.start + timedelta(minutes=minute)).timestamp() * 1_000_000)

    def _head(self, kind: str, minute: float, who: str) -> str:
        pid = f"PID|1||{who}^^^feed^MR||ROE^ANN||{self.born}|{self.sex}"
        return f"MSH|^~\\&|A|B|||{self.stamp(minute)}||{kind}|%ID%|P|2.5.1\r{pid}\r"

    def admit(
        self, minute: float, ward: str = "3B", event: str = "A01", who: str = "1", at: float | None = None, more: str = ""
    ) -> None:  # fmt: skip
        """A01, or another step of the visit; `more` are segments that only HL7 has."""
        at = minute if at is None else at
        hl7 = self._head(f"ADT^{event}", minute, who)
        hl7 += f"EVN|{event}|{self.stamp(at)}\rPV1|1|I|{ward}^1^1||||||||||||||||V{who}\r{more}"
        born = f"{self.born[:4]}-{self.born[4:6]}-{self.born[6:]}"
        ended = {"end": self.iso(at)} if event == "A03" else {}
        firsts = self.__dict__.setdefault("firsts", {})
        place = {"location": {"display": ward}, "period": {"start": self.iso(firsts.setdefault(who, at))}}
        if event == "A02":
            place["period"]["start"] = self.iso(at)
        visit = {
            "resourceType": "Encounter", "id": f"V{who}", "status": "finished" if ended else "in-progress", "subject": whom(who),
            "class": {"code": "IMP"}, "period": {"start": self.iso(firsts[who]), **ended}, "location": [place],
            "meta": {"lastUpdated": self.iso(minute)},
        }  # fmt: skip
        person = {
            "resourceType": "Patient",
            "id": who,
            "name": [{"text": "ANN ROE"}],
            "gender": GENDERS[self.sex],
        }
        person |= {"birthDate": born} if self.born else {}
        self.send(minute, hl7, bundle([person, visit]))

    def result(
        self, minute: float, late: float | None = None, status: str = "F", who: str = "1", order: str = "", feed: str = "feed",
        **values,
    ) -> None:  # fmt: skip
        """Values measured at a minute, in one message; received at `late`."""
        received = minute if late is None else late
        lines, resources = [], []
        for i, (name, value) in enumerate(values.items(), 1):
            code, unit = (VITALS | LABS)[name]
            lines.append(f"OBX|{i}|NM|{code}^x^LN||{value}|{unit}|||||{status}|||{self.stamp(minute)}")
            resources.append({
                "resourceType": "Observation", "id": f"{who}-{name}-{order or minute}", "status": STATUS[status], "subject": whom(who),
                "code": loinc(code), "effectiveDateTime": self.iso(minute), "issued": self.iso(received),
                "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
            })  # fmt: skip
        asked = f"OBR|1||{order or minute}|x|||{self.stamp(minute)}|||||||||||||||{self.stamp(received)}\r"
        hl7 = self._head("ORU^R01", received, who) + asked + "\r".join(lines) + "\r"
        self.send(received, hl7, bundle(resources), feed=feed)

    def ill(self, minute: float, who: str = "1", **more) -> None:
        """Vital signs of somebody gravely ill: NEWS2 of 7 and more."""
        signs = {"rate": 26, "spo2": 91, "systolic": 98, "pulse": 118, "temp": 39.2}
        self.result(minute, who=who, **signs | more)

    def well(self, minute: float, who: str = "1", **more) -> None:
        """Vital signs and alertness of somebody well: every row of NEWS2 is known."""
        signs = {"rate": 14, "spo2": 98, "systolic": 128, "pulse": 72, "temp": 36.8, "flow": 0}
        self.result(minute, who=who, **signs | more)
        self.word(minute, "67775-7", ("A", "A"), who)

    def word(self, minute: float, code: str, said: tuple[str, str], who: str = "1") -> None:
        """A coded word: alertness, pregnancy."""
        asked = f"OBR|1||c{minute}|x|||{self.stamp(minute)}\r"
        seen = f"OBX|1|CWE|{code}^x^LN||{said[0]}^{said[1]}||||||F|||{self.stamp(minute)}\r"
        coding = [{"code": said[0], "display": said[1]}]
        self.send(minute, self._head("ORU^R01", minute, who) + asked + seen, {
            "resourceType": "Observation", "id": f"{who}-{code}-{minute}", "status": "final", "subject": whom(who),
            "code": loinc(code), "effectiveDateTime": self.iso(minute), "valueCodeableConcept": {"coding": coding},
        })  # fmt: skip

    def pregnancy(self, minute: float, said: str = "pregnant") -> None:
        self.word(minute, "82810-3", PREGNANCY[said])

    def condition(self, minute: float, code: str, who: str = "1") -> None:
        """A diagnosis by ICD-10."""
        more = f"DG1|1||{code}^x^I10||{self.stamp(minute)}|A\r"
        hl7 = self._head("ADT^A08", minute, who) + f"PV1|1|I|3B^1^1||||||||||||||||V{who}\r{more}"
        coding = [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]
        self.send(minute, hl7, {
            "resourceType": "Condition", "id": f"{who}-{code}", "subject": whom(who), "code": {"coding": coding},
            "recordedDate": self.iso(minute), "clinicalStatus": {"coding": [{"code": "active"}]},
        })  # fmt: skip

    def order(self, minute: float, what: str, began: float | None = None, who: str = "1") -> None:
        """An order; with `began` the end of the one that began then."""
        code, words, system = ORDERS[what]
        control = "NW" if began is None else "DC"
        asked = (
            f"ORC|{control}||{what}77||||||{self.stamp(minute)}\rOBR|1||{what}77|{code}^{words}^{system}\r"
        )
        ended = {} if began is None else {"end": self.iso(minute)}
        coding = [{"system": ORDER_SYSTEMS[system], "code": code}]
        self.send(minute, self._head("ORM^O01", minute, who) + asked, {
            "resourceType": "Flag", "id": f"{who}-{what}", "status": "inactive" if ended else "active", "subject": whom(who),
            "code": {"text": words, "coding": coding}, "period": {"start": self.iso(minute if began is None else began), **ended},
            "meta": {"lastUpdated": self.iso(minute)},
        })  # fmt: skip

    def culture(self, minute: float, who: str = "1", feed: str = "feed") -> None:
        asked = f"OBR|1||b{minute}|600-7^x^LN|||{self.stamp(minute)}\rOBX|1|ST|600-7^x^LN||||||||P\r"
        specimen = f"SPM|1|||BLD^Blood|||||||||||||{self.stamp(minute)}\r"
        hl7 = self._head("ORU^R01", minute, who) + asked + specimen
        self.send(minute, hl7, {
            "resourceType": "Observation", "id": f"{who}-culture-{minute}", "status": "registered", "subject": whom(who),
            "code": loinc("600-7"), "effectiveDateTime": self.iso(minute), "specimen": {"display": "Blood"},
        }, feed=feed)  # fmt: skip

    def dose(
        self, minute: float, drug: str = "ceftriaxone", route: str = "IV", amount: float = 2, unit: str = "g",
        end: float | None = None, late: float | None = None, who: str = "1", feed: str = "feed",
    ) -> None:  # fmt: skip
        """A drug given, told when it ended, or at `late`."""
        ended = self.stamp(end) if end is not None else ""
        given = f"RXA|0|1|{self.stamp(minute)}|{ended}|{drug}|{amount}|{unit}|||||||||||||CP|A\rRXR|{route}\r"
        period = {"start": self.iso(minute)} | ({"end": self.iso(end)} if end is not None else {})
        quantity = {"value": amount, "unit": unit, "code": unit}
        dosage = {"route": {"text": route}, ("rateQuantity" if "/" in unit else "dose"): quantity}
        received = next(t for t in (late, end, minute) if t is not None)
        hl7 = self._head("RAS^O17", received, who) + f"ORC|RE||d{minute}{drug}\r" + given
        self.send(received, hl7, {
            "resourceType": "MedicationAdministration", "id": f"dose-{who}-{minute}-{drug}", "status": "completed",
            "subject": whom(who), "medicationCodeableConcept": {"text": drug}, "effectivePeriod": period, "dosage": dosage,
        }, feed=feed)  # fmt: skip

    def merge(self, minute: float, survivor: str, old: str) -> None:
        hl7 = self._head("ADT^A40", minute, survivor) + f"MRG|{old}^^^feed^MR\r"
        link = [{"type": "replaced-by", "other": {"reference": f"Patient/{survivor}"}}]
        self.send(minute, hl7, {"resourceType": "Patient", "id": old, "link": link})

    def death(self, minute: float, died: bool, who: str = "1") -> None:
        """The patient died at a minute, or did not after all."""
        stamp, said = (self.stamp(minute), "Y") if died else ('""', "N")
        pid = f"PID|1||{who}^^^feed^MR||ROE^ANN||{self.born}|F{'|' * 21}{stamp}|{said}\r"
        hl7 = f"MSH|^~\\&|A|B|||{self.stamp(minute)}||ADT^A08|%ID%|P|2.5.1\r{pid}PV1|1|I|3B^1^1||||||||||||||||V{who}\r"
        born = f"{self.born[:4]}-{self.born[4:6]}-{self.born[6:]}"
        deceased = {"deceasedDateTime": self.iso(minute)} if died else {"deceasedBoolean": False}
        self.send(minute, hl7, {
            "resourceType": "Patient", "id": who, "birthDate": born, "meta": {"lastUpdated": self.iso(minute)}, **deceased,
        })  # fmt: skip

    def ordered(self, minute: float, drug: str = "ceftriaxone", who: str = "1") -> None:
        """A drug ordered, not given."""
        order = f"ORC|NW||o{minute}{drug}||||||{self.stamp(minute)}\r"
        asked = f"RXE|1^^^{self.stamp(minute)}|{drug}|2||g|||||||||||\rRXR|IV\r"
        self.send(minute, self._head("RDE^O11", minute, who) + order + asked, {
            "resourceType": "MedicationRequest", "id": f"order-{who}-{minute}-{drug}", "status": "active", "intent": "order",
            "subject": whom(who), "medicationCodeableConcept": {"text": drug}, "authoredOn": self.iso(minute),
            "dosageInstruction": [{"route": {"text": "IV"}}],
        })  # fmt: skip

    def readmit(self, minute: float, visit: str, ward: str = "3B", who: str = "1") -> None:
        """Another stay of the same patient."""
        hl7 = (
            self._head("ADT^A01", minute, who)
            + f"EVN|A01|{self.stamp(minute)}\rPV1|1|I|{ward}^1^1||||||||||||||||{visit}\r"
        )
        place = {"location": {"display": ward}, "period": {"start": self.iso(minute)}}
        self.send(minute, hl7, bundle([{
            "resourceType": "Encounter", "id": visit, "status": "in-progress", "subject": whom(who), "class": {"code": "IMP"},
            "period": {"start": self.iso(minute)}, "location": [place], "meta": {"lastUpdated": self.iso(minute)},
        }]))  # fmt: skip
