"""The words that texts may hold, read from the CSV files beside this: words of concepts, routes of
doses, places of discharge, sex, limit signs and missing words; and names of salts."""

import csv
from functools import cache
from importlib.resources import files
from typing import Any

from opensepsis.rules import Concept, Kind, Places, Way


@cache
def listed(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file beside this.

    >>> listed("sex")[0]
    {'sex': 'F', 'spelling': 'F'}
    """
    text = (files("opensepsis.definitions.concepts") / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def worded(name: str, label: str, *, kind: Kind = Kind.INTERVAL, **others: Any) -> Concept:
    """A concept with the words and spellings that `words.csv` lists for it.

    >>> worded("ecmo", "ECMO").words
    ('respiratory', 'cardiovascular')
    """
    mine = [row for row in listed("words") if row["concept"] == name]
    words = tuple(dict.fromkeys(row["word"] for row in mine))
    spelled = tuple((row["spelling"], row["word"]) for row in mine if row["spelling"] != row["word"])
    return Concept(name, label, kind=kind, words=words, spelled=spelled, **others)


def _of_signs() -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The words of every sign that is present or absent, and their spellings."""
    mine = [row for row in listed("words") if row["concept"] == "sign"]
    words = tuple(dict.fromkeys(row["word"] for row in mine))
    return words, tuple((row["spelling"], row["word"]) for row in mine if row["spelling"] != row["word"])


SIGN_SEEN = _of_signs()

# route as it is charted -> the route in one word, and the way it is
ROUTES: tuple[tuple[str, str, Way], ...] = tuple(
    (row["spelling"], row["route"], Way(row["way"])) for row in listed("routes")
)
# routes of so few letters that they are looked for within longer words too ("IV over 30 min"); others must stand alone
SHORT_BUT_CLEAR = ("iv", "im", "io", "po", "ng", "og", "sc")

# what a drug's name may hold beside its ingredient: the salt, ester or water it comes with
SALTS = (
    "hydrochloride", "hcl", "dihydrochloride", "monohydrochloride", "sodium", "disodium", "potassium", "calcium", "sulfate",
    "sulphate", "phosphate", "acetate", "mesylate", "mesilate", "tartrate", "citrate", "lactate", "lactobionate", "stearate",
    "estolate", "ethylsuccinate", "succinate", "gluconate", "isethionate", "tosylate", "fumarate", "hyclate", "hydrate",
    "monohydrate", "dihydrate", "trihydrate", "pentahydrate", "anhydrous", "axetil", "proxetil", "pivoxil", "fosamil",
    "medocaril", "tromethamine", "trometamol", "macrocrystals", "macrocrystal", "arginine", "lysine", "etabonate",
)  # fmt: skip

PLACES = Places(
    "places",
    tuple((row["place"], row["word"]) for row in listed("places")),
    all(row["verified"] == "yes" for row in listed("places")),
)

# what a cell holds that has no value, in small letters; an empty cell too
MISSING = frozenset({"", *(row["word"].casefold() for row in listed("missing"))})
# what says of a device, a treatment or an order that it is not there, whatever its concept, with the one word of ventilation
# that it can be about
ABSENT: dict[str, str] = {row["word"]: row["of"] for row in listed("absent")}
# what says that it is there, without a word for what it is
PRESENT = frozenset(row["word"] for row in listed("present"))
# spelling of a limit sign -> the sign
LIMITS = tuple((row["spelling"], row["limit"]) for row in listed("limits"))
# sex as it is charted -> F, M, O (other) or U (unknown); numbers as in ISO/IEC 5218
SEXES = tuple((row["spelling"], row["sex"]) for row in listed("sex"))
