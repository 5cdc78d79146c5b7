"""What may be wrong with whose values are whose, as counts: nothing that names a patient."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from unicodedata import normalize

from opensepsis.data.decode.patient_names import parts_of
from opensepsis.data.decode.site import Site
from opensepsis.uses.ward.model.views import IdentityView
from opensepsis.uses.ward.state.patient import Patient

TWO_PEOPLE = 366 * 24 * 3_600_000_000  # births further apart than this are not one person's


def identity_view(patients: Iterable[Patient]) -> IdentityView:
    """Counts over the patients in memory."""
    here = list(patients)
    named = Counter(key for patient in here if (key := _name_and_birth(patient)))
    return IdentityView(
        without_ward=sum(_has_values(p) and not _is_placed(p) for p in here),
        twice=sum(times > 1 for times in named.values()),
        two_births=sum(_two_births(p) for p in here),
    )


def issuers_of_servers(site: Site) -> dict[str, str]:
    """The space of record numbers by that of a server's ids, for feeds whose patients have both."""
    feeds = site.feeds.items()
    return {
        site.server_space(name): site.record_space(name) for name, feed in feeds if feed.identifier_system
    }


def is_servers_id(old: str, survivor: str, issuers: Mapping[str, str]) -> bool:
    """Whether an identifier is the id of a server, which goes on as a record number of the feed's authority.

    A record number of an authority that is called as the feed is goes on as another of its own.

    >>> is_servers_id("server ehr|9", "H|7", {"server ehr": "H"}), is_servers_id("H|9", "H|7", {"server ehr": "H"})
    (True, False)
    """
    (server, _), (authority, _) = parts_of(old), parts_of(survivor)
    return server in issuers and authority == issuers[server] != server


def same_names(patients: Iterable[Patient]) -> frozenset[str]:
    """The patients who have the name of somebody else on their ward, first and last name alone, whatever accents and order."""
    alike: dict[tuple, list[str]] = {}
    for patient in patients:
        if patient.visit is not None and (name := _first_and_last(patient.person.name)):
            alike.setdefault((patient.visit.ward, name), []).append(patient.name)
    return frozenset(name for names in alike.values() if len(names) > 1 for name in names)


@lru_cache(maxsize=20_000)
def _first_and_last(name: str) -> frozenset[str]:
    """The first and the last word of a name in small letters without accents.

    >>> _first_and_last("José A. García") == _first_and_last("GARCIA, JOSE")
    True
    """
    plain = "".join(c for c in normalize("NFKD", name.casefold()) if c.isalnum() or c in " -'")
    words = plain.split()
    return frozenset((words[0], words[-1])) if words else frozenset()


def _has_values(patient: Patient) -> bool:
    return patient.first_charted is not None


def _is_placed(patient: Patient) -> bool:
    visit = patient.visit
    return visit is not None and not visit.assumed and (bool(visit.ward) or visit.discharged is not None)


def _name_and_birth(patient: Patient) -> tuple[str, int] | None:
    person = patient.person
    if not person.name or person.born is None:
        return None
    return " ".join(sorted(person.name.casefold().split())), person.born // (24 * 3_600_000_000)


def _two_births(patient: Patient) -> bool:
    """Whether two births were stated under one number that cannot be one person's."""
    births = [said.born for said in patient.described.values() if said.born is not None]
    return len(births) > 1 and max(births) - min(births) > TWO_PEOPLE
