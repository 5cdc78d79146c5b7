"""The `fhir` source's folder: packed files, manifests, servers' addresses, deletions, and what is no export or is cut off."""

import json
import re

import polars as pl
import pytest

from opensepsis.data.sources import open_source
from opensepsis.errors import FormatError, MissingError
from tests.support.hospitals.bulk_export import (
    administration,
    encounter,
    export,
    iso,
    observation,
    patient,
    read,
    rows,
    usual,
)


def test_a_packed_file_reads_as_the_plain_one(tmp_path):
    assert rows(usual(tmp_path / "a", observation())) == rows(
        usual(tmp_path / "b", values_gz=[observation()])
    )


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_line(tmp_path):
    path = usual(tmp_path, observation(), observation("x", hours=2))
    file = path / "a.ndjson"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert [row[1] for row in rows(path)] == [1.0, 2.0]


def test_a_manifest_names_its_files_wherever_they_lie_below_it(tmp_path):
    export(tmp_path / "out", labs=[observation()], other=[observation("x", hours=2)])
    export(tmp_path, people=[patient()], visits=[encounter()])
    urls = [
        "https://ehr.example/bulk/1/people.ndjson",
        "https://ehr.example/bulk/visits.ndjson",
        "file:///data/out/labs.ndjson",
    ]
    manifest = {
        "transactionTime": iso(99),
        "output": [{"type": "x", "url": url} for url in urls],
        "error": [],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert rows(tmp_path / "manifest.json") == [("lactate", 1.0, 4.0, None)]
    assert read(tmp_path / "manifest.json")[2]["made"] == iso(99)


def test_a_deleted_resource_is_taken_back(tmp_path):
    gone = {"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Observation/o"}}]}
    export(
        tmp_path,
        labs=[observation(), observation("x", hours=2)],
        people=[patient()],
        visits=[encounter()],
        gone=[gone],
    )
    output = [{"type": "x", "url": f"{name}.ndjson"} for name in ("labs", "people", "visits")]
    manifest = {"output": output, "deleted": [{"type": "Bundle", "url": "gone.ndjson"}]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = rows(tmp_path / "manifest.json")
    assert found == [("lactate", 1.0, 4.0, None), ("lactate", 1.0, None, None), ("lactate", 2.0, 4.0, None)]


@pytest.mark.parametrize(
    ("files", "error", "words"),
    [
        ({}, MissingError, "holds no NDJSON file"),
        ({"a": [], "a_gz": []}, FormatError, "Keep one of them"),
    ],
)
def test_folders_that_are_no_export(tmp_path, files, error, words):
    with pytest.raises(error, match=words):
        open_source("fhir", export(tmp_path, **files))


SERVER = "https://a.example/fhir"
GIVEN = administration(
    medicationCodeableConcept=None,
    medicationReference={"reference": "Medication/x"},
    dosage={"route": {"text": "IV"}},
)
CHART = [observation(), GIVEN, {"resourceType": "Medication", "id": "x", "code": {"text": "Meropenem"}}]
COUNTED = [("lactate", 1.0, 4.0, None), ("antibiotic", 2.0, None, "meropenem|iv")]


def at_server(server: str, *resources: dict) -> list[dict]:
    """The resources with the address of a server in each of their references."""
    return [
        json.loads(re.sub(r'("reference": ")(?=[A-Z])', rf"\g<1>{server}/", json.dumps(one)))
        for one in resources
    ]


def test_references_with_the_address_of_the_exports_own_server_lead_to_its_resources(tmp_path):
    folder = export(tmp_path, a=at_server(SERVER, *CHART), p=[patient()], v=at_server(SERVER, encounter()))
    stays, _, _ = read(folder)
    assert stays.select("patient", "sex").rows() == [("p", "F")] and rows(folder) == COUNTED


def test_the_request_of_a_manifest_names_the_server(tmp_path):
    export(tmp_path, a=at_server(SERVER, *CHART), p=[patient()], v=[encounter()])
    output = [{"type": "Any", "url": f"{name}.ndjson"} for name in "apv"]
    (tmp_path / "manifest.json").write_text(
        json.dumps({"request": f"{SERVER}/Group/7/$export", "output": output})
    )
    assert rows(tmp_path / "manifest.json") == COUNTED


@pytest.mark.parametrize("visits", [
    [encounter(), encounter("f", "q")],  # two servers
    [encounter("f", "nobody")],  # not a patient of this export
])  # fmt: skip
def test_a_patient_of_another_server_is_not_the_one_of_the_same_id_here(tmp_path, visits):
    first, *others = visits
    said = [*at_server(SERVER, first), *at_server("https://b.example/fhir", *others)]
    folder = export(tmp_path, a=at_server(SERVER, observation()), p=[patient(), patient("q")], v=said)
    _, events, _ = read(folder)
    assert events["patient"].to_list() == [f"server {SERVER}|p"]


def test_a_manifest_whose_file_is_not_there_names_it(tmp_path):
    (tmp_path / "m.json").write_text(
        json.dumps({"output": [{"type": "Patient", "url": "https://x.example/p.ndjson?secret"}]})
    )
    with pytest.raises(MissingError, match=r"names p\.ndjson") as raised:
        open_source("fhir", tmp_path / "m.json")
    assert "secret" not in str(raised.value)


def test_a_cut_file_is_named(tmp_path):
    usual(tmp_path, values_gz=[observation(str(n)) for n in range(500)])
    file = tmp_path / "values.ndjson.gz"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(FormatError, match=r"values\.ndjson\.gz is damaged"):
        read(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(patient(), indent=1).encode(),
        json.dumps([patient(), encounter()]).encode(),
        json.dumps(patient()).encode("utf-16"),
        bytes(range(256)),
    ],
    ids=["over several lines", "a list", "UTF-16", "no text"],
)
def test_files_without_a_resource_in_a_line_are_named(tmp_path, content):
    (tmp_path / "a.ndjson").write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.ndjson holds no FHIR resource on a line of its own"):
        read(tmp_path)


def test_a_line_that_is_no_json_is_refused_with_its_place(tmp_path):
    _, events, counts = read(usual(tmp_path, observation(), '{"resourceType": "Observation", "id": "CANARY'))
    assert events.filter(pl.col("reason").is_not_null()).select("reason", "table", "row").rows() == [
        ("the line is no JSON", "a.ndjson", 2)
    ]
    assert "CANARY" not in json.dumps(counts)
