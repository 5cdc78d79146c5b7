"""Timelines of parts of the patients, each whole, as one: their files are renamed, and what is told of them is summed up."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opensepsis.counted import counted
from opensepsis.data.intake.rejections import RejectionLimits, Rejections
from opensepsis.data.io.paths import parquet_files, read_files
from opensepsis.data.timeline.shards import shard_name
from opensepsis.data.timeline.timeline import MARKER, VERSION
from opensepsis.errors import StayError

BY_SHARD = ("stays", "digests", "not_sent", "blocks")
_SETTINGS = ("below",)  # numbers that are no counts
BY_PART = ("rejected", "rejected_stays", "groups")


def join_parts(
    into: Path,
    parts: list[Path],
    limits: RejectionLimits,
    as_whole: Callable[[dict], dict] | None = None,
) -> None:
    """Moves the shards of all parts into one timeline. What was rejected of all together is held against the limits first.

    `as_whole` tells what the sources of all parts counted as that of a whole hospital tells it. StayError: a stay is in two parts.
    """
    told = [json.loads((part / MARKER).read_text(encoding="utf-8")) for part in parts]
    counts = _summed([about["counts"] for about in told])
    _check(counts, limits)
    if as_whole:
        counts["source"] = as_whole(counts["source"])
    shards: list[dict] = []
    for number, (part, about) in enumerate(zip(parts, told, strict=True)):
        for shard in about["shards"]:
            new = shard_name(len(shards))
            _move(part / "events" / shard["folder"], into / "events" / new)
            for name in BY_SHARD:
                _move(
                    part / f"{name}.parquet" / f"{shard['folder']}.parquet",
                    into / f"{name}.parquet" / f"{new}.parquet",
                )
            shards.append(shard | {"folder": new})
        for name in BY_PART:
            _move(part / f"{name}.parquet", into / f"{name}.parquet" / f"{shard_name(number)}.parquet")
    _check_stays(into)
    whole = {
        "version": VERSION,
        "source": told[0]["source"],
        "timezone": told[0]["timezone"],
        "charted": sorted({name for about in told for name in about["charted"]}),
        "outcomes": any(about["outcomes"] for about in told),
        "digest": _digest([about["digest"] for about in told]),
        "shifted_dates": any(about["shifted_dates"] for about in told),
        "counts": counts,
        "parts": len(parts),
        "shards": shards,
    }
    (into / MARKER).write_text(json.dumps(whole, indent=1, ensure_ascii=False), encoding="utf-8")


def _move(old: Path, new: Path) -> None:
    if old.exists():
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)


def _check_stays(into: Path) -> None:
    """Each part knows only that a stay is there once in it."""
    stays = read_files(parquet_files(into / "stays.parquet"), ["stay"])["stay"]
    twice = stays.filter(stays.is_duplicated())
    if len(twice):
        raise StayError(
            f"{counted(twice.n_unique(), 'stay')} of several patients in {counted(len(twice), 'row')}. "
            "Give each stay one row and its own name."
        )


def _digest(digests: list[str]) -> str:
    """Digests are sums, so that of all patients is the sum of those of parts."""
    by, total = digests[0].partition(":")[0], sum(int(digest.rpartition(":")[2], 16) for digest in digests)
    return f"{by}:{total % 2**64:016x}"


def _summed(counts: list[dict]) -> dict:
    whole = _together(counts)
    reasons: dict[tuple, dict] = {}
    for one in (line for part in counts for line in part["rejections"]):
        key = (one["rejected"], one["table"], one["id"], one["concept"], one["reason"])
        known = reasons.setdefault(key, one | {"count": 0, "rows": []})
        known["count"] += one["count"]
    ordered = sorted(reasons.items(), key=lambda one: (-one[1]["count"], str(one[0])))
    low = {name: told for name, told in whole["low"].items() if told["rows"]}
    return whole | {"low": low, "rejections": [line for _, line in ordered]}


def _together(values: list[Any]) -> Any:
    """Numbers summed, dictionaries by their names, counted things by what they are, other lists without what is there twice."""
    first = next((value for value in values if value is not None), None)
    if isinstance(first, dict):
        names = dict.fromkeys(name for value in values for name in value)
        return {name: _of_name(name, [value[name] for value in values if name in value]) for name in names}
    if isinstance(first, list):
        return _listed([one for value in values for one in value])
    if isinstance(first, bool) or not isinstance(first, int | float):
        return first
    return sum(value for value in values if value is not None)


def _of_name(name: str, values: list[Any]) -> Any:
    return values[0] if name in _SETTINGS else _together(values)


def _listed(things: list[Any]) -> list[Any]:
    are_counted = all(isinstance(one, dict) and "count" in one for one in things)
    found: dict[str, Any] = {}
    for one in things:
        key = json.dumps(
            {k: v for k, v in one.items() if k != "count"} if are_counted else one, sort_keys=True
        )
        found[key] = (
            one | {"count": found[key]["count"] + one["count"]} if are_counted and key in found else one
        )
    return sorted(found.values(), key=lambda one: -one["count"]) if are_counted else list(found.values())


def _check(counts: dict, limits: RejectionLimits) -> None:
    """An error when more was rejected of all parts together than the limits allow."""
    rejections = Rejections(limits)
    for one in counts["rejections"]:
        table, kind, concept = one["table"], one["id"], one["concept"] or ""
        rejections.note(one["rejected"], table, kind, one["reason"], one["count"], one["rows"], concept)
    rejections.check_stays(counts["rejected_stays"], counts["rejected_stays"] + counts["stays"])
    rejected = Counter({name: sum(by.values()) for name, by in counts["rejected_by_concept"].items()})
    kept = Counter(counts["source"].get("mapped", {}))
    rejections.check_rows(rejected, kept, counts["read"])
