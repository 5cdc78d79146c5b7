"""Which drug a name or code means, and what its name says of its form: by whole words, never by a part of one.

Names are those of `maps/medicines.csv`: international names in several languages, and brands.

>>> find_medicine("Rocephin 2 g"), find_medicine("Noradrenalin 0,2 mg/ml")
(Medicine(concept='antibiotic', ingredient='ceftriaxone'), Medicine(concept='norepinephrine', ingredient=''))
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from opensepsis.data.intake.maps import map_rows
from opensepsis.data.intake.name_parts import before_conditions
from opensepsis.data.intake.text_codes import (
    has_phrase,
    ingredient_key,
    phrases_by,
    plain,
    read_dose,
    route_of,
)
from opensepsis.rules import Way

LOCAL_ANAESTHETIC = "local anaesthetic"
_ANOTHER_THING = "another thing"  # an antagonist of the drug, its level, an allergy to it
_ANOTHER_FLUID = "another fluid"  # hypotonic, with dextrose, a colloid
_NO_FORMS = (LOCAL_ANAESTHETIC, _ANOTHER_THING, _ANOTHER_FLUID)
NOT_INFUSED = "a fluid that is not given intravenously, by its route or form"
NO_CRYSTALLOID = "not an isotonic crystalloid, by its name"
_DIALYSIS = frozenset(("hd", "dialys", "dialysis", "crrt"))
_IN = frozenset(("in", "dans", "en", "i"))
_DILUENTS = frozenset({"crystalloid"})


@dataclass(frozen=True)
class Medicine:
    """What a drug is: its concept and, where there are several, its ingredient."""

    concept: str
    ingredient: str


@dataclass(frozen=True)
class _Name:
    """One name: phrases that must all stand in a text; `whole`: alone."""

    phrases: tuple[str, ...]
    whole: bool
    medicine: Medicine

    @property
    def words(self) -> frozenset[str]:
        return frozenset(" ".join(self.phrases).split())


def find_medicine(name: str, codes: Iterable[str] = ()) -> Medicine | None:
    """The drug of RxNorm or ATC codes, else of a name; None where no list has it.

    A name of several listed ingredients of one concept is their combination; a diluent counts only by itself.

    >>> find_medicine("Piperacillin-Tazobactam 4.5 g").ingredient, find_medicine("x", ["J01DD04"]).ingredient
    ('piperacillin/tazobactam', 'ceftriaxone')
    >>> find_medicine("Meropenem 1 g in sodium chloride 0.9 % 100 mL").ingredient, find_medicine("norepinephrinex")
    ('meropenem', None)
    >>> find_medicine("Ringer-Lactat").concept, find_medicine("Ringer-Lactat mit Glucose 5 %")
    ('crystalloid', None)
    """
    coded, _ = _listed()
    found = next((coded[code] for code in codes if code in coded), None)
    found = found or (None if _tells_another_thing(name) else _by_name(plain(name)))
    is_fluid = found is not None and found.concept in _DILUENTS
    return None if is_fluid and _form(name, _ANOTHER_FLUID) else found


def is_another_thing(name: str) -> bool:
    """Whether a name is that of a listed drug's level, antagonist or test, and not of a dose.

    >>> is_another_thing("Vancomycin level"), is_another_thing("Vancomycin 1 g, held if trough above 20")
    (True, False)
    """
    return _tells_another_thing(name) and _by_name(plain(name)) is not None


def _tells_another_thing(name: str) -> bool:
    return bool(_form(before_conditions(name), _ANOTHER_THING))


def coded_medicines() -> dict[str, Medicine]:
    """Every listed drug by its RxNorm and ATC codes.

    >>> coded_medicines()["7512"].concept
    'norepinephrine'
    """
    return _listed()[0]


@lru_cache(maxsize=50_000)
def _by_name(said: str) -> Medicine | None:
    _, names = _listed()
    words = said.split()
    near = {name for word in words for name in names.get(word, ())}
    found = [n for n in near if _stands(n, said)]
    found = [n for n in found if not any(n.words < other.words for other in found)]
    found = [n for n in found if n.medicine.concept not in _DILUENTS] or found
    if not found:
        return None
    if all(n.medicine.concept in _DILUENTS for n in found) and _is_diluent(found, said):
        return None
    first = min(found, key=lambda n: min(said.find(phrase) for phrase in n.phrases))
    same = {n.medicine.ingredient for n in found if n.medicine.concept == first.medicine.concept}
    return Medicine(first.medicine.concept, "/".join(sorted(same)))


def _stands(name: _Name, said: str) -> bool:
    if name.whole:
        return said == name.phrases[0]
    return all(f" {phrase} " in f" {said} " for phrase in name.phrases)


def _is_diluent(found: list[_Name], said: str) -> bool:
    """Whether something that no list has is dissolved in it."""
    place = min(said.find(name.phrases[0]) for name in found)
    before = said[:place].split()
    return bool(before) and before[-1] in _IN


@cache
def _listed() -> tuple[dict[str, Medicine], dict[str, list[_Name]]]:
    """The drugs by code, and their names by the first word of each phrase."""
    by_code, by_word = {}, defaultdict(list)
    for row in map_rows("medicines"):
        medicine = Medicine(row["concept"], row["ingredient"])
        by_code |= dict.fromkeys((*row["rxnorm"].split(), *row["atc"].split()), medicine)
        for written in row["names"].split("|"):
            phrases = tuple(plain(part) for part in written.removeprefix("=").split("+"))
            by_word[phrases[0].split()[0]].append(_Name(phrases, written.startswith("="), medicine))
    return by_code, by_word


@lru_cache(maxsize=100_000)
def dose_in_words(concept: str, text: str) -> str:
    """A dose `name|route` by its listed ingredient, and by the route that the name's form tells; else the text itself.

    A tablet or capsule without a route is taken by mouth.

    >>> dose_in_words("antibiotic", "Vancocin|PO"), dose_in_words("antibiotic", "Gentamicin eye drops|")
    ('vancomycin|PO', 'gentamicin|eye')
    >>> dose_in_words("antibiotic", "Vancomycin HCl|IV"), dose_in_words("antibiotic", "housemycin|iv")
    ('Vancomycin HCl|IV', 'housemycin|iv')
    """
    name, bar, route = text.partition("|")
    found, form = find_medicine(name), local_form(name)
    other = (
        found is not None
        and found.concept == concept.removesuffix("_order")
        and not _is_ingredient(name, found)
    )
    route = form or route or taken_by_mouth(name)
    return (found.ingredient if found and other else name) + (f"|{route}" if route else bar)


def local_form(name: str) -> str:
    """The route that a drug's form tells, where it is a local one: eye drops, a lock, an ointment; else empty.

    >>> local_form("vancomycin lock"), local_form("sodium chloride dialysate")
    ('lock', '')
    """
    form = form_of(name)
    return form if form and read_dose(f"|{form}").way in (Way.LOCAL, Way.RECTAL) else ""


def taken_by_mouth(name: str) -> str:
    """`oral` where a drug's form is taken by mouth; else empty.

    >>> taken_by_mouth("Vancomycin 125 mg capsule"), taken_by_mouth("Vancomycin PO"), taken_by_mouth("Vancomycin 1 g")
    ('oral', 'oral', '')
    """
    by_vein = has_phrase(plain(name), ("iv", "i v", "intravenous"))  # ciprofloxacin IV/PO
    return "oral" if form_of(name) == "oral" and not by_vein else ""


def _is_ingredient(name: str, found: Medicine) -> bool:
    key = ingredient_key(name)
    return not found.ingredient or key == ingredient_key(found.ingredient) or key in _ingredients()


@cache
def _ingredients() -> frozenset[str]:
    rows = (*map_rows("medicines"), *map_rows("mimic_iv_antibiotics"))
    return frozenset(ingredient_key(row["ingredient"]) for row in rows if row["ingredient"])


@lru_cache(maxsize=50_000)
def form_of(name: str) -> str:
    """The form that a drug's name tells where it does not reach the blood, as a route; empty where it tells none.

    >>> form_of("Sodium chloride 0.9 % irrigation 3000 mL"), form_of("Gentamicin eye drops"), form_of("Ceftriaxone 2 g")
    ('irrigation', 'eye', '')
    """
    return _form(name, *(form for form in _forms() if form not in _NO_FORMS))


@lru_cache(maxsize=50_000)
def why_no_fluid(name: str, route: str = "") -> str:
    """Why a fluid is no crystalloid that was infused, by its name, form and route; empty where nothing says so.

    >>> why_no_fluid("Sodium chloride 0.9 % irrigation"), why_no_fluid("NaCl 0.45 %", "IV")
    ('a fluid that is not given intravenously, by its route or form', 'not an isotonic crystalloid, by its name')
    >>> why_no_fluid("Hausinfusion 3", "IV"), why_no_fluid("Sodium chloride 0.9 %, 3 L"), why_no_fluid("")
    ('', '', '')
    >>> [why_no_fluid(name) == NO_CRYSTALLOID for name in ("NaCl 3%", "23.4 % sodium chloride", "Sodium chloride .45 %")]
    [True, True, True]
    """
    if form_of(name) or plain(route) in _DIALYSIS:
        return NOT_INFUSED
    if read_dose(f"|{route}").way not in (None, Way.PARENTERAL):
        return NOT_INFUSED
    return NO_CRYSTALLOID if _form(name, _ANOTHER_FLUID) else ""


def fluid_in_text(text: str) -> tuple[str, str]:
    """The name and route in the text of a fluid: `name|route`, or one of the two.

    >>> fluid_in_text("Ringer|iv"), fluid_in_text("iv"), fluid_in_text("Ringer")
    (('Ringer', 'iv'), ('', 'iv'), ('Ringer', ''))
    """
    name, bar, route = text.partition("|")
    if bar:
        return name, route
    return ("", text) if route_of(text) or plain(text) in _DIALYSIS else (text, "")


def has_local_anaesthetic(name: str) -> bool:
    """Whether a drug's name holds a local anaesthetic or says that it numbs a place.

    >>> has_local_anaesthetic("Lidocaine 1 % with epinephrine"), has_local_anaesthetic("Epinephrine 4 mg/50 mL")
    (True, False)
    """
    return bool(_form(name, LOCAL_ANAESTHETIC))


def _forms() -> dict[str, tuple[str, ...]]:
    return phrases_by("drug_forms", "form")


def _form(name: str, *wanted: str) -> str:
    said = plain(name)
    return next((form for form in wanted if has_phrase(said, _forms()[form])), "")
