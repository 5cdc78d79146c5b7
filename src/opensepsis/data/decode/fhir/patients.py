"""Patient: who it is, and the records that replace one another."""

import orjson

from opensepsis.data.decode.deaths import UNLISTED, UNREADABLE, death_at
from opensepsis.data.decode.facts import Described, Merged, Problem, Resource
from opensepsis.data.decode.fhir.context import MessageContext, kept_name
from opensepsis.data.decode.fhir.identity import patient_named, referred
from opensepsis.data.decode.fhir.reference import Reference
from opensepsis.data.decode.observations import DecodeResult

SEX = {"female": "F", "male": "M", "other": "O", "unknown": "U"}
SEVERAL = "the Patient is replaced by several records: whose its values are, a person must decide"
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
    _links(resource, named.name, stated, scene, into)


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


def _links(resource: dict, mine: str, stated: int, scene: MessageContext, into: DecodeResult) -> None:
    """The records that are one with this one: survivor and old. A later version that lacks a link takes it back."""
    said = (_link(link, mine, scene) for link in resource.get("link") or ())
    pairs = [pair for pair in said if pair]
    if len({survivor for survivor, old in pairs if old == mine}) > 1:
        into.problems.append(Problem("dead", SEVERAL))
        pairs = [pair for pair in pairs if pair[1] != mine]
    into.facts += [Merged(*pair, stated) for pair in pairs]
    if not scene.entry.name:
        return
    own = Reference("literal", "Patient", scene.entry.name, scene.entry.base)
    name = f"{kept_name(scene.message.feed, own, scene.is_own(own.base), ('Patient',))} links"
    held = scene.kept(name)
    before = orjson.loads(held.said) if held else {"stated": stated, "pairs": []}
    if stated < before["stated"] or not (pairs or before["pairs"]):
        return
    gone = [(survivor, old) for survivor, old in before["pairs"] if (survivor, old) not in pairs]
    if gone and not scene.said_again(resource):
        return  # no version of the whole record, perhaps a part of it
    into.facts += [Merged(*pair, stated, undone=True) for pair in gone]
    into.facts.append(Resource(name, orjson.dumps({"stated": stated, "pairs": pairs}).decode()))


def _link(link: dict, mine: str, scene: MessageContext) -> tuple[str, str] | None:
    other = referred(link.get("other"), scene).patient
    if not other or other == mine:
        return None
    return {"replaced-by": (other, mine), "replaces": (mine, other)}.get(str(link.get("type")))
