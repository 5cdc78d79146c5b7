"""Twenty made-up patients, written once as frames of the csv source and once as tables of eICU."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl

from tests.support.hospitals.small_eicu import stay, write

CANNOT_HOLD = frozenset({"antibiotic"})  # eICU has orders only
_PATIENTS, _HOURS, _BEFORE = 20, 30, 90  # hours in intensive care, minutes in hospital before it
_VITALS = {
    "heart_rate": "heartrate",
    "respiratory_rate": "respiration",
    "spo2": "sao2",
    "mean_pressure": "systemicmean",
}
_LABS = {  # concept: name, unit, median, spread
    "creatinine": ("creatinine", "mg/dL", 1.4, 0.8), "bilirubin": ("total bilirubin", "mg/dL", 1.5, 1.2),
    "platelets": ("platelets x 1000", "K/mcL", 160, 70), "lactate": ("lactate", "mmol/L", 2.2, 1.2),
    "pao2": ("paO2", "mm Hg", 85, 20),
}  # fmt: skip
_MEDIANS = {"heart_rate": (95, 18), "respiratory_rate": (21, 5), "spo2": (95, 3), "mean_pressure": (72, 12)}
_GCS = {"gcs_eye": ("Eyes", 4), "gcs_verbal": ("Verbal", 5), "gcs_motor": ("Motor", 6)}
_KILOGRAMS = 70.0


def write_twenty(folder: Path, stays: pl.DataFrame, events: pl.DataFrame) -> Path:
    """The same patients as tables of eICU, whose rows were made with the frames."""
    return Twenty().folder(folder)


class Twenty:
    """`stays` and `events` as the csv source has them, and `tables` of eICU with the same things in them."""

    def __init__(self, seed: int = 7) -> None:
        self._dice = Random(seed)
        self.stays, self.events = [], []
        self.units, self.tables = [], {name: [] for name in _ID}
        for number in range(1, _PATIENTS + 1):
            self._patient(number)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The stays and events of the csv source."""
        moment = pl.Datetime("us", "UTC")
        names = {
            "patient": pl.String,
            "concept": pl.String,
            "time": moment,
            "value": pl.Float64,
            "text": pl.String,
            "end": moment,
        }
        return pl.DataFrame(self.stays), pl.DataFrame(self.events, schema=names, orient="row")

    def folder(self, folder: Path) -> Path:
        """The folder of the eICU tables."""
        return write(folder, self.units, **self.tables)

    def _patient(self, number: int) -> None:
        dice = self._dice
        hour, minute = dice.randrange(20), dice.randrange(60)
        came = datetime(2015, 1, 1, hour, minute, tzinfo=UTC)
        self._entered, self._who, self._unit = came + timedelta(minutes=_BEFORE), str(100 + number), number
        left, age, sex = (
            self._entered + timedelta(hours=_HOURS),
            dice.randrange(20, 89),
            dice.choice(("Male", "Female")),
        )
        dies = number % 5 == 0
        told = {
            "patient": self._who, "age": float(age), "sex": sex, "discharged": left, "died": left if dies else None,
            "discharged_to": "Death" if dies else "Home",
        }  # fmt: skip
        self.stays += [
            {"stay": self._who, "kind": "hospital", "admitted": came} | told,
            {"stay": str(number), "kind": "icu", "admitted": self._entered} | told,
        ]  # fmt: skip
        end = "Expired" if dies else "Alive"
        self.units.append(
            stay(
                number, age=str(age), gender=sex, hospitaladmittime24=f"{hour:02}:{minute:02}:00", hospitaladmitoffset=-_BEFORE,
                hospitaldischargeoffset=_HOURS * 60, unitdischargeoffset=_HOURS * 60, unitdischargestatus=end, hospitaldischargestatus=end,
                unitdischargelocation=told["discharged_to"], hospitaldischargelocation=told["discharged_to"], admissionweight=_KILOGRAMS,
            )
        )  # fmt: skip
        self._event("weight", 0, _KILOGRAMS)
        self._event("height", 0, 170.0)
        self._measured()
        self._supported(number)
        self._infected(number)

    def _event(
        self,
        concept: str,
        at: int,
        value: float | None = None,
        text: str | None = None,
        end: int | None = None,
    ) -> None:
        when = [None if m is None else self._entered + timedelta(minutes=m) for m in (at, end)]
        self.events.append((self._who, concept, when[0], value, text, when[1]))

    def _row(self, table: str, **cells: object) -> None:
        self.tables[table].append(
            {"patientunitstayid": self._unit, _ID[table]: len(self.tables[table]) + 1} | cells
        )

    def _number(self, median: float, spread: float, digits: int = 1) -> float:
        return round(max(self._dice.gauss(median, spread), median / 5), digits)

    def _measured(self) -> None:
        for at in range(-60, _HOURS * 60, 60):
            values = {
                concept: min(self._number(*_MEDIANS[concept], 0), 100 if concept == "spo2" else 300)
                for concept in _VITALS
            }
            self._row("vitalperiodic", observationoffset=at, **{_VITALS[c]: v for c, v in values.items()})
            for concept, value in values.items():
                self._event(concept, at, value)
        for at in range(5, _HOURS * 60, 240):
            celsius = self._number(37.4, 0.8)
            self._charted(at, "Temperature", "Temperature (F)", f"{celsius * 9 / 5 + 32:.4f}")
            self._event("temperature", at, round((round(celsius * 9 / 5 + 32, 4) - 32) * 5 / 9, 9))
            for concept, (name, best) in _GCS.items():
                # a tube keeps some of them from speaking, which some forms cannot tell from a verbal score of 1
                score = self._dice.randrange(2 if concept == "gcs_verbal" else 1, best + 1)
                self._charted(at, "Glasgow coma score", name, str(score))
                self._event(concept, at, float(score))
            volume = self._number(150, 90, 0)
            path = "flowsheet|Flowsheet Cell Labels|I&O|Output (ml)|Urine"
            self._row(
                "intakeoutput",
                intakeoutputoffset=at,
                intakeoutputentryoffset=at + 7,
                cellpath=path,
                cellvaluenumeric=volume,
            )
            self._event("urine_output", at, volume)
        for at in range(-40, _HOURS * 60, 360):
            for concept, (name, unit, median, spread) in _LABS.items():
                value = self._number(median, spread, 2)
                self._row("lab", labresultoffset=at, labresultrevisedoffset=at + 35, labname=name, labresult=value,
                          labresulttext=f"{value:.2f}",
                          labmeasurenamesystem=unit, labmeasurenameinterface=unit)  # fmt: skip
                self._event(concept, at, value)

    def _charted(self, at: int, label: str, name: str, value: str) -> None:
        self._row("nursecharting", nursingchartoffset=at, nursingchartentryoffset=at + 3, nursingchartcelltypevallabel=label,
                  nursingchartcelltypevalname=name, nursingchartvalue=value)  # fmt: skip

    def _breathed(self, at: int, label: str, value: str) -> None:
        self._row(
            "respiratorycharting",
            respchartoffset=at,
            respchartentryoffset=at,
            respchartvaluelabel=label,
            respchartvalue=value,
        )

    def _supported(self, number: int) -> None:
        begun, ended = 120, 900
        if number % 3 == 0:
            for at in range(begun, ended, 60):
                self._breathed(at, "RT Vent On/Off", "Start" if at == begun else "Continued")
            self._breathed(ended, "RT Vent On/Off", "Off")
            self._event("ventilation", begun, text="invasive", end=ended)
            for at in range(begun, ended, 120):
                self._breathed(at, "FiO2", "50")
                self._event("fio2", at, 0.5)
        if number % 4 == 0:
            rate = self._dice.choice((0.05, 0.1, 0.2))
            for at in range(begun, ended, 60):
                self._row(
                    "infusiondrug",
                    infusionoffset=at,
                    drugname="Norepinephrine (mcg/min)",
                    drugrate=f"{rate * _KILOGRAMS:.4g}",
                )
            self._row("infusiondrug", infusionoffset=ended, drugname="Norepinephrine (mcg/min)", drugrate="0")
            self._event(
                "norepinephrine", begun, round(float(f"{rate * _KILOGRAMS:.4g}") / _KILOGRAMS, 9), end=ended
            )

    def _infected(self, number: int) -> None:
        if number % 2:
            return
        self._row("medication", drugorderoffset=10, drugstartoffset=40, drugordercancelled="No", routeadmin="IV",
                  drugname="cefTRIAXone 1 GRAM in NS 50 mL IVPB")  # fmt: skip
        self._event("antibiotic_order", 40, text="ceftriaxone|IV")
        self._event("antibiotic", 45, text="ceftriaxone|IV")
        grew = number % 4 == 0
        self._row(
            "microlab",
            culturetakenoffset=20,
            culturesite="Blood, Venipuncture",
            organism="Escherichia coli" if grew else "no growth",
        )
        self._event("culture", 20, float(grew), "blood")
        if grew:
            self._event("organism", 20, text="blood|Escherichia coli")


_ID = {
    "vitalperiodic": "vitalperiodicid", "lab": "labid", "nursecharting": "nursingchartid", "respiratorycharting": "respchartid",
    "intakeoutput": "intakeoutputid", "infusiondrug": "infusiondrugid", "medication": "medicationid", "microlab": "microlabid",
}  # fmt: skip
