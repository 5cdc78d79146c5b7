"""Whether a value is of the specimen that its concept is about: what a drain gives is not blood, and venous blood is not arterial."""

from functools import cache, lru_cache

from opensepsis.data.intake.text_codes import has_phrase, plain
from opensepsis.definitions.concepts import gases, labs
from opensepsis.definitions.concepts.wording import listed
from opensepsis.rules import Concept

NOT_ARTERIAL = "not from arterial blood"
ANOTHERS = "blood of a cord, a fetus or a donor: not known to be the patient's"
NOT_BLOOD = "not from blood, by its specimen"
AFTER_A_FILTER = "blood that a machine has filtered: not the patient's as it is"
ANOTHERS_NAME = "by its name it is of a fetus, a cord or a donor"
ANOTHER_BY_NAME = "by its name another measurement, a goal or a setting"
NOT_BLOOD_BY_NAME = "by its name not from blood"
_ARTERIAL = frozenset((gases.PAO2.name, gases.SAO2.name))
_OF_BREATH = frozenset((gases.PEEP.name, gases.END_TIDAL_CO2.name))


@lru_cache(maxsize=50_000)
def wrong_specimen(concept: str, specimen: str, site: str = "") -> str:
    """Why a value of a specimen is not one of a concept; empty where it is, and where the specimen is not told.

    Words count whole: an avenue is no vein. Blood whose words name both sides of the circulation is not known to be arterial; `site`,
    from where it was taken, is read for that alone.

    >>> wrong_specimen("bilirubin", "Drain fluid"), wrong_specimen("pao2", "Blood venous"), wrong_specimen("pao2", "ward 3, Avenue Road")
    ('not from blood, by its specimen', 'not from arterial blood', '')
    >>> wrong_specimen("lactate", "Cord blood")
    "blood of a cord, a fetus or a donor: not known to be the patient's"
    >>> wrong_specimen("pao2", "Blood", "central line"), wrong_specimen("pao2", "arterial, post oxygenator")
    ('not from arterial blood', 'not from arterial blood')
    >>> wrong_specimen("pao2", "umbilical artery, arterial"), wrong_specimen("creatinine", "serum"), wrong_specimen("urine_output", "urine")
    ('', '', '')
    """
    said, taken = plain(specimen), plain(f"{specimen} {site}")
    if not taken or concept not in _of_blood():
        return ""
    if _names("another person", said):
        return ANOTHERS
    if concept in _ARTERIAL and _is_not_arterial(taken):
        return NOT_ARTERIAL
    if _names("after a filter", said):
        return AFTER_A_FILTER
    return NOT_BLOOD if _names("other fluid", said) and not _names("blood", said) else ""


def _is_not_arterial(said: str) -> bool:
    elsewhere = _names("other vessel", said) and not _names("arterial", said)
    return elsewhere or _names("venous", said) or _names("machine", said)


@lru_cache(maxsize=50_000)
def wrong_by_name(concept: str, name: str) -> str:
    """Why a value is not one of a concept by what the sender calls it, whatever its code; empty where nothing says so.

    >>> wrong_by_name("heart_rate", "Fetal heart rate"), wrong_by_name("lactate", "Lactate, CSF")
    ('by its name it is of a fetus, a cord or a donor', 'by its name not from blood')
    >>> wrong_by_name("systolic_pressure", "Pulmonary artery systolic"), wrong_by_name("bilirubin", "Bilirubin, direct")
    ('by its name another measurement, a goal or a setting', 'by its name another measurement, a goal or a setting')
    >>> wrong_by_name("lactate", "Lactate [Moles/volume] in Serum or Plasma"), wrong_by_name("urine_output", "Urine output")
    ('', '')
    """
    said = plain(name)
    if _names("name of another person", said):
        return ANOTHERS_NAME
    if concept in _of_blood() and _names("name of another fluid", said) and not _names("blood", said):
        return NOT_BLOOD_BY_NAME
    return ANOTHER_BY_NAME if has_phrase(said, _other_measurements(concept)) else ""


@cache
def _of_blood() -> frozenset[str]:
    found = (
        one.name for module in (labs, gases) for one in vars(module).values() if isinstance(one, Concept)
    )
    return frozenset(found) - _OF_BREATH


@cache
def _other_measurements(concept: str) -> tuple[str, ...]:
    rows = listed("other_measurements")
    return tuple(plain(row["phrase"]) for row in rows if row["concept"] in ("", concept))


@cache
def _phrases(kind: str) -> tuple[str, ...]:
    return tuple(plain(row["phrase"]) for row in listed("laboratory_specimens") if row["kind"] == kind)


def _names(kind: str, said: str) -> bool:
    return has_phrase(said, _phrases(kind))
