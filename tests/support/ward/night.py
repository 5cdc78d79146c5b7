"""A simulated ward at night, as HL7: 74 patients, of whom some are hard to show. Look at it in Chromium with

python -m tests.support.ward.night FOLDER
"""

from dataclasses import dataclass
from datetime import UTC, datetime

HOUR = 60  # minutes, in which every time here is counted back from now
VITALS = {
    "rate": ("9279-1", "/min"), "spo2": ("59408-5", "%"), "systolic": ("8480-6", "mm[Hg]"), "mean": ("8478-0", "mm[Hg]"),
    "pulse": ("8867-4", "/min"), "temp": ("8310-5", "Cel"), "flow": ("3151-8", "L/min"), "lactate": ("2524-7", "mmol/L"),
    "creatinine": ("14682-9", "umol/L"), "platelets": ("777-3", "10*3/uL"), "bilirubin": ("1975-2", "mg/dL"),
    "crp": ("1988-5", "mg/L"), "wbc": ("6690-2", "10*3/uL"), "inr": ("6301-6", "1"), "weight": ("29463-7", "kg"),
}  # fmt: skip
WELL = {"rate": 15, "spo2": 97, "systolic": 126, "mean": 88, "pulse": 76, "temp": 36.8, "flow": 0}
ILL = {"rate": 27, "spo2": 91, "systolic": 88, "mean": 58, "pulse": 124, "temp": 39.2, "flow": 4}
LABS = {"creatinine": 78, "platelets": 240, "bilirubin": 0.7, "crp": 12, "wbc": 8.2, "lactate": 1.1}
SICK_LABS = {"creatinine": 245, "platelets": 88, "bilirubin": 2.4, "crp": 288, "wbc": 21.4, "lactate": 5.1}
FAMILY = (
    "Abel", "Berg", "Costa", "Diaz", "Endo", "Fischer", "Gupta", "Haddad", "Ito", "Jensen", "Kovac", "Lind", "Moreau", "Novak",
    "Okafor", "Petrov",
)  # fmt: skip
GIVEN = (
    "Ada", "Ben", "Clara", "David", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Luis", "Mina", "Noor", "Oskar",
    "Pia",
)  # fmt: skip
WARDS = ("3A", "3B", "4A", "5C")


@dataclass
class Person:
    """Somebody on the ward and what the interfaces say of them."""

    number: str
    name: str
    born: str
    sex: str
    ward: str
    bed: str
    now: int

    def __post_init__(self):
        self.told: list[str] = []

    def stamp(self, ago: float) -> str:
        return datetime.fromtimestamp(self.now / 1e6 - ago * 60, UTC).strftime("%Y%m%d%H%M%S+0000")

    def _say(self, kind: str, ago: float, body: str, pid: str = "") -> None:
        pid = pid or f"PID|1||{self.number}^^^H^MR||{self.name}||{self.born}|{self.sex}\r"
        number = f"{self.number}-{len(self.told)}"
        self.told.append(f"MSH|^~\\&|A|H|||{self.stamp(ago)}||{kind}|{number}|P|2.5.1\r{pid}{body}")

    def admit(self, ago: float, event: str = "A01") -> "Person":
        visit = f"PV1|1|I|{self.ward}^{self.bed}^1||||||||||||||||V{self.number}\r"
        self._say(f"ADT^{event}", ago, f"EVN|{event}|{self.stamp(ago)}\r{visit}")
        return self

    def move(self, ago: float, ward: str, bed: str) -> "Person":
        self.ward, self.bed = ward, bed
        return self.admit(ago, "A02")

    def measure(self, ago: float, **values) -> "Person":
        rows = "\r".join(
            f"OBX|{i}|NM|{VITALS[n][0]}^x^LN||{v}|{VITALS[n][1]}|||||F|||{self.stamp(ago)}"
            for i, (n, v) in enumerate(values.items(), 1)
        )
        self._say("ORU^R01", ago, f"OBR|1||o{len(self.told)}|x|||{self.stamp(ago)}\r{rows}\r")
        return self

    def word(self, ago: float, code: str, said: str) -> "Person":
        seen = f"OBX|1|CWE|{code}^x^LN||{said}||||||F|||{self.stamp(ago)}\r"
        self._say("ORU^R01", ago, f"OBR|1||w{len(self.told)}|x|||{self.stamp(ago)}\r{seen}")
        return self

    def well(self, ago: float = 40, **more) -> "Person":
        self.measure(ago, **WELL | more)
        return self.word(ago, "67775-7", "A^Alert")

    def ill(self, ago: float = 20, **more) -> "Person":
        self.measure(ago, **ILL | more)
        return self.word(ago, "67775-7", "V^Voice")

    def cultured(self, ago: float) -> "Person":
        taken = f"OBR|1||b{self.number}|600-7^x^LN|||{self.stamp(ago)}\rOBX|1|ST|600-7^x^LN||||||||P\r"
        self._say("ORU^R01", ago, taken)
        return self

    def treated(self, ago: float) -> "Person":
        drug = f"RXA|0|1|{self.stamp(ago)}||ceftriaxone|2|g|||||||||||||CP|A\rRXR|IV\r"
        self._say("RAS^O17", ago, f"ORC|RE||d{self.number}\r{drug}")
        return self

    def pressed(self, ago: float) -> "Person":
        drug = f"RXA|0|1|{self.stamp(ago)}|{self.stamp(1)}|norepinephrine|0.2|mcg/kg/min|||||||||||||CP|A\rRXR|IV\r"
        self._say("RAS^O17", 1, f"ORC|RE||n{self.number}\r{drug}")
        return self

    def comforted(self, ago: float) -> "Person":
        order = f"ORC|NW|c{self.number}|||IP\rOBR|1|c{self.number}||133918004^Comfort care^SCT\r"
        self._say("ORM^O01", ago, order)
        return self

    def absorbs(self, ago: float, number: str) -> "Person":
        self._say("ADT^A40", ago, f"EVN|A40|{self.stamp(ago)}\r{self.pid()}MRG|{number}^^^H^MR\r", pid=" ")
        self.told[-1] = self.told[-1].replace("\r EVN", "\rEVN")
        return self

    def pid(self) -> str:
        return f"PID|1||{self.number}^^^H^MR||{self.name}||{self.born}|{self.sex}\r"


def hard_ones(now: int) -> list[Person]:
    """Those for whom a board is made: each one a way in which it may mislead."""

    def person(number, name, born, sex, ward, bed):
        return Person(number, name, born, sex, ward, bed, now)

    one, other = (
        person(f"40017{n}", "Smith^John", born, "F", "3B", bed)
        for n, born, bed in ((22, "19500311", "7"), (88, "19500924", "9"))
    )
    one.admit(30 * HOUR).well(90, **LABS).ill(15, rate=31, **SICK_LABS).cultured(65).treated(60)
    other.admit(50 * HOUR).well(30, **LABS)
    shock = person("400301", "Quill^Ada", "19480102", "F", "3B", "1").admit(20 * HOUR).well(8 * HOUR, **LABS)
    shock.ill(4 * HOUR, weight=70, **SICK_LABS).cultured(4 * HOUR).treated(3.5 * HOUR).ill(
        25, systolic=74, mean=48
    )
    shock.pressed(150)
    child = person(
        "400302", "Lind^Pia", f"{datetime.fromtimestamp(now / 1e6, UTC).year - 5}0105", "F", "5C", "2"
    )
    child.admit(9 * HOUR).measure(12, rate=58, spo2=90, pulse=172, systolic=84, temp=39.9)
    baby = person(
        "400303",
        "Berg^Luis",
        datetime.fromtimestamp(now / 1e6 - 150 * 86400, UTC).strftime("%Y%m%d"),
        "M",
        "5C",
        "3",
    )
    baby.admit(9 * HOUR).measure(30, rate=38, spo2=97, pulse=140, systolic=82, temp=37.2)
    mother = person("400304", "Novak^Kira", "19940707", "F", "4A", "4").admit(7 * HOUR)
    mother.word(6 * HOUR, "82810-3", "LA15173-0^Pregnant").measure(
        10, rate=24, spo2=94, pulse=126, systolic=84, temp=38.4
    )
    nameless = person("400305", "", "", "", "3A", "5").admit(2 * HOUR).ill(18)
    moved = (
        person("400306", "Petrov^Hugo", "19610101", "M", "3A", "6").admit(30 * HOUR).well(3 * HOUR, **LABS)
    )
    moved.move(95, "3B", "12").well(35, pulse=112)
    typo = person("400307", "Haddad^Noor", "19700505", "F", "4A", "7").admit(30 * HOUR).well(5 * HOUR, **LABS)
    typo.measure(50, lactate=18, pulse=230).measure(20, pulse=0)
    stuck = person("400308", "Costa^Femi", "19330909", "M", "4A", "8").admit(60 * HOUR)
    for quarter in range(33, -1, -1):
        stuck.measure(quarter * 15 + 5, **WELL)
    dying = (
        person("400309", "Ito^Grace", "19310202", "F", "3A", "9")
        .admit(70 * HOUR)
        .comforted(30 * HOUR)
        .ill(50)
    )
    merged = person("400310", "Jensen^Oskar", "19550505", "M", "3A", "11").admit(30 * HOUR).well(3 * HOUR)
    double = person("499310", "Jensen^Oskar", "19550505", "M", "3A", "11").measure(4 * HOUR, **LABS)
    merged.told = double.told + merged.told
    merged.absorbs(100, "499310")
    stale = person("400311", "Okafor^Ines", "19420606", "F", "3B", "13").admit(80 * HOUR).ill(29 * HOUR)
    septic = (
        person("400312", "Moreau^Clara", "19590404", "F", "3B", "3").admit(40 * HOUR).well(9 * HOUR, **LABS)
    )
    septic.ill(
        100, systolic=104, mean=72, temp=38.6, lactate=2.6, creatinine=178, platelets=96, bilirubin=2.2
    )
    septic.cultured(95).treated(70)
    return [
        one,
        other,
        shock,
        child,
        baby,
        mother,
        nameless,
        moved,
        typo,
        stuck,
        dying,
        merged,
        stale,
        septic,
    ]


def night(now: int, patients: int = 74) -> list[Person]:
    """The whole ward."""
    found = hard_ones(now)
    for number in range(patients - len(found)):
        name = f"{FAMILY[number % 16]}^{GIVEN[(number * 7 + number // 16) % 16]}"
        born = f"{1930 + number * 37 % 70}{1 + number % 12:02}{1 + number % 28:02}"
        sex, ward = "FM"[number % 2], WARDS[number % 4]
        one = Person(f"5{number:05}", name, born, sex, ward, f"{20 + number // 4}", now).admit(
            20 * HOUR + number * 30
        )
        one.well(6 * HOUR + number, **LABS)
        if number % 6 == 1:
            one.measure(
                10 + number % 50,
                rate=21 + number % 4,
                spo2=94,
                pulse=108,
                systolic=108 - number % 12,
                temp=38.2,
            )
        elif number % 5:
            one.well(10 + number % 200)
        found.append(one)
    return found


def messages(now: int, patients: int = 74) -> list[bytes]:
    """Everything that was sent, in the order of its time."""
    told = [m for one in night(now, patients) for m in one.told]
    return [m.encode() for m in sorted(told, key=lambda m: m.split("|", 7)[6])]


def look(folder: str) -> None:
    """Takes pictures of the board and of some patients, at three widths, light and dark."""
    from itertools import product
    from pathlib import Path

    from playwright.sync_api import sync_playwright

    from tests.support.ward import browser

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with browser.running(out, kept=messages) as (_, base), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.OPTIONS)
        for (wide, high), scheme in product(((1440, 900), (1280, 800), (390, 844)), ("light", "dark")):
            browser.SIZES["now"] = (wide, high, scheme)
            page = browser.logged_in(chromium, base, "now", "physician")
            page.wait_for_timeout(800)
            page.screenshot(path=out / f"board-{wide}-{scheme}.png")
            page.screenshot(
                path=out / f"whole-{wide}-{scheme}.png",
                full_page=True,
                clip=dict(x=0, y=0, width=wide, height=2600),
            )
            for name in (
                ("Ada Quill", "Kira Novak", "Noor Haddad", "Oskar Jensen")
                if scheme == "light"
                else ("Ada Quill",)
            ):
                page.goto(base + "/")
                page.goto(base + page.locator(f".bed .who a:text-is('{name}')").first.get_attribute("href"))
                page.wait_for_timeout(800)
                page.screenshot(path=out / f"{name.split()[0].lower()}-{wide}-{scheme}.png")
                page.locator("#course").scroll_into_view_if_needed()
                page.evaluate("document.getElementById('course').scrollIntoView()")
                page.screenshot(path=out / f"{name.split()[0].lower()}-{wide}-{scheme}-plots.png")
            page.context.close()


if __name__ == "__main__":
    import sys

    look(sys.argv[1])
