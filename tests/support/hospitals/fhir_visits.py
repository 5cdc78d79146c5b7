"""Visits of a FHIR export with the places in which they were."""

from tests.support.hospitals.bulk_export import coded, export, iso, patient, read

UNIT = {
    "resourceType": "Location",
    "id": "u",
    "name": "Medical Intensive Care Unit",
    "physicalType": coded("wa", "urn:x"),
}


WARD = {"resourceType": "Location", "id": "w", "name": "Ward 7", "physicalType": coded("wa", "urn:x")}


DOOR = {
    "resourceType": "Location",
    "id": "d",
    "name": "Emergency Department",
    "physicalType": coded("wa", "urn:x"),
}


def place(own: str, start: float, end: float | None = None) -> dict:
    period = {name: iso(hour) for name, hour in (("start", start), ("end", end)) if hour is not None}
    return {"location": {"reference": f"Location/{own}"}, "period": period}


def stays(tmp_path, *visits, people=None):
    found, _, counts = read(export(tmp_path, a=list(visits), b=[UNIT, WARD, DOOR], c=people or [patient()]))
    chosen = found.sort("admitted", "kind").select("stay", "kind", "admitted", "discharged")
    return chosen.rows(), counts["resources"]["Encounter"]
