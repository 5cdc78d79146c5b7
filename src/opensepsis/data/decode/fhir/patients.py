"""Patient: who it is, and the records that replace one another."""

from opensepsis.data.decode.deaths import UNLISTED, UNREADABLE, death_at
from opensepsis.data.decode.facts import Described, Merged, Problem
from opensepsis.data.decode.fhir.context import MessageContext
from opensepsis.data.decode.fhir.identity import patient_named, referred
from opensepsis.data.decode.observations import DecodeResult

SEX = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
USES = ("official", "usual", "", "temp", "nickname", "anonymous", "maiden", "old")


def read_patient(resource: dict, scene: MessageContext, into: DecodeResult) -> None:
    """The person, and the record that replaces it or that it replaces."""
    named = patient_named(scene.entry, scene)
    if not named.name:
        into.problems.append(Problem("dead", "the Patient has neither id nor identifier"))
        return
    stated = scene.stated(resource)
    born = scene.day_or_moment(resource.get("birthDate"))
    sex = SEX.get(str(resource.get("gender") or ""))
    into.facts.append(
        Described(named.name, stated, name_of(resource) or None, born, sex, **_death(resource, scene, into))
    )
    if resource.get("birthDate") and born is None:
        into.problems.append(Problem("time", "the date of birth cannot be read"))
    if named.same:
        into.facts.append(Merged(*named.same, stated))
    for link in resource.get("link") or ():
        _link(link, named.name, stated, scene, into)


def name_of(resource: dict) -> str:
    """The name in use: the official one, else the usual, else whatever there is; one that is over comes last.

    >>> name_of({"name": [{"use": "old", "family": "Roe"}, {"use": "official", "family": "Doe", "given": ["Ann"]}]})
    'Ann Doe'
    """
    names = [name for name in resource.get("name") or () if isinstance(name, dict) and _written(name)]
    ranked = sorted(names, key=lambda name: (_over(name), _rank(name)))
    return _written(ranked[0]) if ranked else ""


def _over(name: dict) -> bool:
    return bool((name.get("period") or {}).get("end"))


def _rank(name: dict) -> int:
    use = str(name.get("use") or "")
    return USES.index(use) if use in USES else len(USES)


def _written(name: dict) -> str:
    parts = (*(name.get("given") or ()), name.get("family"))
    return str(name.get("text") or " ".join(str(part) for part in parts if part)).strip()


def says_death(resource: dict) -> bool:
    """Whether a Patient has an element on death, be it only a reason why it is not told."""
    return any(name.lstrip("_").startswith("deceased") for name in resource)


def _death(resource: dict, scene: MessageContext, into: DecodeResult) -> dict:
    """What is said of death; a later version without a word takes it back. What cannot be read says nothing."""
    text, said = resource.get("deceasedDateTime"), resource.get("deceasedBoolean")
    if not says_death(resource):
        return {"dead": False} if scene.said_again(resource) else {}
    if text:
        told = scene.told(text).stamp
        if told is None:
            into.problems.append(Problem("time", UNREADABLE, "Patient", "deceasedDateTime"))
        return death_at(told, scene.stated(resource)) if told else {}
    if said is not None and not isinstance(said, bool):
        into.problems.append(Problem("value", UNLISTED, "Patient", "deceasedBoolean"))
        return {}
    return {"dead": said}


def _link(link: dict, mine: str, stated: int, scene: MessageContext, into: DecodeResult) -> None:
    other = referred(link.get("other"), scene).patient
    if other and other != mine and link.get("type") == "replaced-by":
        into.facts.append(Merged(other, mine, stated))
    elif other and other != mine and link.get("type") == "replaces":
        into.facts.append(Merged(mine, other, stated))
