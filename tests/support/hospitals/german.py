"""A German hospital's export in its own form, and its site.toml."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, 8, 15, tzinfo=BERLIN)
GERMAN = """
[format]
separator = ";"
decimal = ","
encoding = "cp1252"
times = "DD.MM.YYYY hh:mm"
timezone = "Europe/Berlin"
missing = ["n.b.", "---"]

[stays]
file = "aufenthalte.csv"
[stays.columns]
patient = "PatNr"
stay = "FallNr"
admitted = "Aufnahme"
discharged = "Entlassung"
born = "Geburtsdatum"
sex = "Geschlecht"
kind = "Bereich"

[words.kind]
"Intensivstation" = "icu"
"Normalstation" = "hospital"

[[events]]
file = "labor.csv"
[events.columns]
patient = "PatNr"
concept = "Parameter"
time = "Abnahmezeit"
value = "Wert"
unit = "Einheit"

[[events]]
file = "vital.csv"
[events.columns]
patient = "PatNr"
time = "Datum + Uhrzeit"
[events.wide]
"HF" = "heart_rate"
"RR syst. (mmHg)" = "systolic_pressure"
"Temp" = "Temp"
"AF" = "respiratory_rate"

[[events]]
file = "medikamente.csv"
[events.columns]
patient = "PatNr"
drug = "Präparat"
route = "Weg"
time = "Beginn"
end = "Ende"
value = "Rate"
unit = "Einheit"

[concepts]
"Thrombozyten" = "platelets"
"Kreatinin" = "creatinine"
"Laktat" = { concept = "lactate", unit = "mmol/L" }
"Temp" = { concept = "temperature", unit = "°C" }
"Gewicht" = "weight"
"Größe" = "height"

[drugs]
"Tazobac EF" = "piperacillin/tazobactam"
"Arterenol" = { ingredient = "norepinephrine", concept = "norepinephrine" }

[words.route]
"i.v. Kurzinfusion" = "iv"
"""


def german_time(at: datetime) -> str:
    return at.astimezone(BERLIN).strftime("%d.%m.%Y %H:%M")


def german_hospital(path):
    """Forty people with some six hundred rows; one pump in mL/h."""
    path.mkdir()
    stays, lab, vital, drugs = [], [], [], []
    for n in range(40):
        at = START + timedelta(hours=n)
        born = f"{1 + n % 28:02}.{1 + n % 12:02}.{1930 + n}"
        ward = "Intensivstation" if n % 2 else "Normalstation"
        stays.append(
            f"{1000 + n};F{n};{german_time(at)};{german_time(at + timedelta(days=4))};{born};{'wm'[n % 2]};{ward}"
        )
        row = f"{1000 + n};{{}};{german_time(at + timedelta(hours=1))};{{}};{{}}"
        lab += [
            row.format("Thrombozyten", 100 + n, "Gpt/l"), row.format("Kreatinin", f"{80 + n},5", "µmol/l"),
            row.format("Laktat", "<3" if n == 5 else f"{1 + n / 10:.1f}".replace(".", ","), ""),
            row.format("Magnesium", "0,8", "mmol/l"), row.format("Gewicht", f"{70 + n},5", "kg"),
            row.format("Größe", "182,5", "cm"), row.format("Kreatinin", "n.b.", "µmol/l"),
        ]  # fmt: skip
        for hour in range(2, 8):
            then = at + timedelta(hours=hour)
            vital.append(
                f"{1000 + n};{then:%d.%m.%Y};{then:%H:%M};{80 + hour};{120 - hour};37,{hour};{16 if hour != 4 else '---'}"
            )
        drugs.append(f"{1000 + n};Tazobac EF;i.v. Kurzinfusion;{german_time(at + timedelta(hours=3))};;;")
        end = german_time(at + timedelta(hours=9))
        rate, unit = ("5", "ml/h") if n == 7 else ("0,5", "mg/h")
        drugs.append(f"{1000 + n};Arterenol;;{german_time(at + timedelta(hours=4))};{end};{rate};{unit}")
    files = {
        "aufenthalte.csv": ["PatNr;FallNr;Aufnahme;Entlassung;Geburtsdatum;Geschlecht;Bereich", *stays],
        "labor.csv": ["PatNr;Parameter;Abnahmezeit;Wert;Einheit", *lab],
        "vital.csv": ["PatNr;Datum;Uhrzeit;HF;RR syst. (mmHg);Temp;AF", *vital],
        "medikamente.csv": ["PatNr;Präparat;Weg;Beginn;Ende;Rate;Einheit", *drugs],
    }
    for name, lines in files.items():
        (path / name).write_text("\r\n".join(lines) + "\r\n", encoding="cp1252", newline="")
    (path / "site.toml").write_text(GERMAN, encoding="utf-8")
    return path
