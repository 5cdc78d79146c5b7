"""Tables in Iceberg's format, in a folder without a catalogue."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

_POSITIONS = ((2147483546, "file_path", pa.string()), (2147483545, "pos", pa.int64()))  # as the format says


def as_iceberg(parquet: Path, folder: Path) -> Path:
    """Tables of Parquet in Iceberg's format, each in its third version: one of half of the rows, one of all twice, and what is true."""
    for file in sorted(parquet.glob("*.parquet")):
        rows = pq.read_table(file)
        kinds = [
            pa.field(one.name, pa.string() if pa.types.is_null(one.type) else one.type) for one in rows.schema
        ]
        rows = rows.cast(pa.schema(kinds))  # Iceberg has no columns of no type
        table = created(folder / file.stem, rows.slice(0, rows.num_rows // 2 + 1))
        table.overwrite(pa.concat_tables([rows, rows]))
        table.overwrite(rows)
    return folder


def created(folder: Path, rows: pa.Table, partitioned_by: str = ""):
    """A table with these rows at a folder."""
    memory = pytest.importorskip("pyiceberg.catalog.memory")
    from pyiceberg.transforms import IdentityTransform

    catalogue = memory.InMemoryCatalog("here", warehouse=f"file://{folder.parent.absolute()}")
    catalogue.create_namespace("hospital")
    table = catalogue.create_table("hospital.table", rows.schema, location=f"file://{folder.absolute()}")
    if partitioned_by:
        with table.update_spec() as spec:
            spec.add_field(partitioned_by, IdentityTransform(), partitioned_by)
    table.append(rows)
    return table


def delete_by_position(table, position: int) -> None:
    """Deletes a row as merge-on-read does: its file keeps it, and another file says so."""
    from pyiceberg.manifest import DataFileContent

    file = next(iter(table.scan().plan_files())).file.file_path
    _delete(table, _POSITIONS, [[file], [position]], DataFileContent.POSITION_DELETES)


def delete_by_value(table, column: str, value: int) -> None:
    """Deletes the rows with a value, as streams do: no file tells where they are."""
    from pyiceberg.manifest import DataFileContent

    number = table.schema().find_field(column).field_id
    _delete(table, ((number, column, pa.int64()),), [[value]], DataFileContent.EQUALITY_DELETES, [number])


def _delete(table, columns, values, content, by: list[int] | None = None) -> None:
    from pyiceberg.manifest import (
        DataFile,
        FileFormat,
        ManifestContent,
        ManifestEntry,
        ManifestEntryStatus,
        ManifestWriterV2,
        write_manifest_list,
    )
    from pyiceberg.typedef import Record

    class Deletes(ManifestWriterV2):
        def content(self) -> ManifestContent:
            return ManifestContent.DELETES

        @property
        def _meta(self) -> dict[str, str]:
            return super()._meta | {"content": "deletes"}

    about, io, before = table.metadata, table.io, table.current_snapshot()
    number, sequence = before.snapshot_id + 1, about.last_sequence_number + 1
    folder = Path(about.location.removeprefix("file://"))
    fields = [
        pa.field(name, kind, nullable=False, metadata={b"PARQUET:field_id": str(field).encode()})
        for field, name, kind in columns
    ]
    place = folder / "data" / "deletes.parquet"
    pq.write_table(pa.table(values, schema=pa.schema(fields)), place)
    deletes = DataFile.from_args(
        content=content,
        file_path=f"file://{place}",
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=1,
        file_size_in_bytes=place.stat().st_size,
        equality_ids=by,
    )
    manifest = io.new_output(f"file://{folder}/metadata/deletes.avro")
    with Deletes(about.spec(), about.schema(), manifest, number, "null") as writer:
        added = ManifestEntryStatus.ADDED
        writer.add_entry(ManifestEntry.from_args(status=added, snapshot_id=number, data_file=deletes))
    listed = f"file://{folder}/metadata/snap-{number}.avro"
    with write_manifest_list(
        2, io.new_output(listed), number, before.snapshot_id, sequence, "null"
    ) as all_of_them:
        all_of_them.add_manifests([*before.manifests(io), writer.to_manifest_file()])
    _commit(folder, json.loads(about.model_dump_json()), number, sequence, listed)


def _commit(folder: Path, about: dict, number: int, sequence: int, listed: str) -> None:
    snapshot = {
        "snapshot-id": number,
        "parent-snapshot-id": about["current-snapshot-id"],
        "sequence-number": sequence,
    }
    snapshot |= {
        "timestamp-ms": about["last-updated-ms"] + 1,
        "manifest-list": listed,
        "summary": {"operation": "delete"},
    }
    about["snapshots"].append(snapshot | {"schema-id": about["current-schema-id"]})
    about |= {"current-snapshot-id": number, "last-sequence-number": sequence}
    about["refs"]["main"]["snapshot-id"] = number
    (folder / "metadata" / "00099-made-by-hand.metadata.json").write_text(json.dumps(about))


def renamed(table, old: str, new: str) -> None:
    with table.update_schema() as schema:
        schema.rename_column(old, new)
