"""What is told of each shard that was labelled: with it the shard is whole, and the run sums it up.

FOLDER/shards/shard-0000.json      counts, and the bytes of every file of the shard
FOLDER/shards/shard-0000.parquet   the digests of its patients when they were labelled: patient, digest
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from opensepsis.data.io.atomic import whole_file
from opensepsis.data.io.object_store import Folder, ObjectFolder
from opensepsis.data.timeline.shards import shard_name
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.selection import Selection
from opensepsis.uses.label.writer import file_name, table_file

SHARDS = "shards"


def account_of(job: Job, number: int, tables: Mapping[str, pl.DataFrame]) -> dict:
    """What is to be told of a shard with these tables."""
    selection, told = job.selection, {"shard": number, "key": job.key, "stays": 0}
    if "stays" not in tables:
        return told | {"rows": {}}
    stays = tables["stays"]
    scores = {s.name: tables[f"scores/{file_name(s.name)}"]["total"] for s in selection.scores}
    ages = stays["age"]
    return told | {
        "stays": stays.height,
        "rows": {name: rows.height for name, rows in tables.items()},
        "found": {p.name: int(stays[p.name].sum()) for p in selection.phenotypes},
        "judged": {p.name: stays[p.name].count() for p in selection.phenotypes},
        "hours": {name: {"hours": len(total), "known": total.count()} for name, total in scores.items()},
        "tasks": _states(tables.get("clocks"), "clock"),
        "course": _states(tables.get("course"), "finding"),
        "too_young": {
            s.name: int((ages < s.lowest_age).sum()) for s in selection.scores if s.lowest_age is not None
        },
        "too_old": {
            s.name: int((ages >= s.age_below).sum()) for s in selection.scores if s.age_below is not None
        },
        "age_not_known": int(ages.is_null().sum()),
    }


def _states(rows: pl.DataFrame | None, name: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    if rows is not None and rows.height:
        for of, state, count in rows.group_by(name, "state").len().iter_rows():
            found.setdefault(of, {})[state] = count
    return found


def renewed_account(before: Mapping[str, Any], went: Mapping[str, Any], came: Mapping[str, Any]) -> dict:
    """The account of a shard of which some rows went and others came; of states that nobody has any more nothing is told.

    >>> renewed_account({"stays": 3, "tasks": {"a": {"met": 1}}}, {"stays": 1, "tasks": {"a": {"met": 1}}}, {"stays": 2})
    {'stays': 4, 'tasks': {}}
    """
    told = dict(before)
    for sign, account in ((-1, went), (1, came)):
        _add_signed(told, {k: v for k, v in account.items() if k not in ("shard", "key")}, sign)
    for name in told.keys() & {"tasks", "course"}:
        left = {of: {s: n for s, n in states.items() if n} for of, states in told[name].items()}
        told[name] = {of: states for of, states in left.items() if states}
    return told


def _add_signed(total: dict, more: Mapping[str, Any], sign: int) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            total[name] = dict(total.get(name, {}))
            _add_signed(total[name], value, sign)
        else:
            total[name] = total.get(name, 0) + sign * value


def write_account(
    folder: Path,
    number: int,
    told: dict,
    digests: pl.DataFrame | bytes,
    sizes: Mapping[str, int] | None = None,
) -> None:
    """The last step of a shard: from now on it is whole. `sizes` are those of its tables where they do not lie in `folder`.

    `digests` are those of its patients, or a file of them.
    """
    (folder / SHARDS).mkdir(parents=True, exist_ok=True)
    with whole_file(folder / digests_file(number)) as file:
        if isinstance(digests, bytes):
            file.write_bytes(digests)
        else:
            digests.write_parquet(file, compression="lz4")
    if sizes is None:
        sizes = {name: table_file(folder, name, number).stat().st_size for name in told["rows"]}
    with whole_file(folder / account_file(number)) as file:
        file.write_text(json.dumps(told | {"bytes": sizes}), encoding="utf-8")


def account_file(number: int) -> str:
    """The name of the account of a shard in a folder of results."""
    return f"{SHARDS}/{shard_name(number)}.json"


def digests_file(number: int) -> str:
    """The name of the digests of its patients."""
    return f"{SHARDS}/{shard_name(number)}.parquet"


def files_of_account(account: Mapping[str, Any]) -> list[str]:
    """The names of the tables that an account tells of."""
    return [table_file(Path(), name, account["shard"]).as_posix() for name in account["rows"]]


def digests_when_labelled(folder: Path, number: int) -> bytes:
    """The file of patient and digest of the patients of a shard when they were labelled."""
    return (folder / digests_file(number)).read_bytes()


def read_account(folder: Path, number: int) -> dict:
    """The account of one shard."""
    return json.loads((folder / account_file(number)).read_text(encoding="utf-8"))


def whole_shards(folder: Folder, key: str) -> dict[int, dict]:
    """The accounts of the shards of a job that are whole, by number: every file is there with all its bytes."""
    if isinstance(folder, ObjectFolder):
        return _whole_objects(folder, key)
    found = (_read(file) for file in sorted((folder / SHARDS).glob("shard-*.json")))
    return {a["shard"]: a for a in found if a and a["key"] == key and _has_its_files(folder, a)}


def _whole_objects(folder: ObjectFolder, key: str) -> dict[int, dict]:
    there, whole = folder.names(), {}
    for name in sorted(name for name in there if name.startswith(f"{SHARDS}/") and name.endswith(".json")):
        account = json.loads(folder.read(name))
        files = {_object(of, account["shard"]): size for of, size in account["bytes"].items()}
        if account["key"] == key and all(there.get(file) == size for file, size in files.items()):
            whole[account["shard"]] = account
    return whole


def _object(name: str, number: int) -> str:
    return table_file(Path(), name, number).as_posix()


def has_shards(folder: Path) -> bool:
    """Whether any shard has been labelled into a folder."""
    return next((folder / SHARDS).glob("shard-*.json"), None) is not None


def _read(file: Path) -> dict | None:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _has_its_files(folder: Path, account: dict) -> bool:
    files = {table_file(folder, name, account["shard"]): size for name, size in account["bytes"].items()}
    return all(file.is_file() and file.stat().st_size == size for file, size in files.items())


def summed(accounts: Iterable[Mapping[str, Any]], selection: Selection) -> dict[str, Any]:
    """The counts of all shards together, definitions in the order of the run."""
    total: dict[str, Any] = {}
    for account in accounts:
        _add(total, {k: v for k, v in account.items() if k not in ("shard", "key", "bytes", "rows")})
    order = [f.name for f in selection.course.findings] if selection.course else []
    tasks, course = total.get("tasks", {}), total.get("course", {})
    total["tasks"] = {clock: dict(sorted(tasks[clock].items())) for clock in sorted(tasks)}
    found = sorted(course, key=order.index)
    return total | {"course": {name: dict(sorted(course[name].items())) for name in found}}


def _add(total: dict, more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            _add(total.setdefault(name, {}), value)
        elif name == "peak_memory_mb":
            total[name] = max((m for m in (total.get(name), value) if m is not None), default=None)
        else:
            total[name] = total.get(name, 0) + value
