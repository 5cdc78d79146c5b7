"""The ward's state as bytes, and back. It follows the classes: every dataclass as it is, every other object by its attributes.

Only data is written. What a class makes of the definitions by itself (tables, concepts, functions) is not: reading begins with a
fresh object of the same definitions and fills in what differs from it. Reading makes dataclasses and enumerations of the ward and
its engine only: any other name in the bytes is refused, so that no code of the content runs.
"""

import pickle
import sys
from collections.abc import Iterator
from copyreg import __newobj__  # pyright: ignore[reportAttributeAccessIssue]
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from io import BytesIO
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, cast

from opensepsis.uses.ward.state.hours import HourlyEvaluations

PRIMITIVES = frozenset((type(None), bool, int, float, str, bytes))
DEFINITIONS = ("opensepsis.rules", "opensepsis.definitions")
DATA = (
    "opensepsis.data.decode.facts",
    "opensepsis.data.timeline.event",
    "opensepsis.engine.",
    "opensepsis.uses.ward.state.",
    "opensepsis.uses.ward.model.",
    "opensepsis.rules.clocks",
)
# by identity or by function: made anew when they are asked for
WORKED_OUT_AGAIN = frozenset(("_worked_out", "_read", "_held", "explained"))
EMPTY = frozenset((list, tuple, dict, set, frozenset))
LONG = 2_000  # of a longer list or dictionary so many entries are written at once
CODE = (FunctionType, MethodType, BuiltinFunctionType, type)


_SAME = object()  # what a fresh object has too


class _Derived(Exception):
    """Something that a fresh object has by itself."""


class Unreadable(Exception):
    """Bytes of another state than that of these classes."""


@dataclass(frozen=True)
class Held:
    """An object that is no dataclass, by its attributes that differ from those of a fresh one."""

    kind: str
    said: dict


@dataclass(frozen=True)
class HeldDict:
    """A dictionary of such objects."""

    said: dict


@dataclass(frozen=True)
class HeldList:
    """A list of such objects; None for one that is as in a fresh list."""

    said: list


@dataclass(frozen=True)
class Changed:
    """A dictionary of data with the names of a fresh one: what stands under some of them."""

    said: dict


@dataclass(frozen=True)
class Long:
    """A list or dictionary whose entries follow in pieces: the first of them, and how many there are."""

    first: int
    pieces: int
    is_dict: bool


def written(thing: object, fresh: object, leave_out: frozenset[str] = frozenset()) -> bytes:
    """What distinguishes an object from a fresh one of the same class and definitions.

    >>> from opensepsis.uses.ward.state.resource_owners import Owners
    >>> owners, again = Owners(), Owners()
    >>> owners.of["fhir Observation/7"] = ("A|1",)
    >>> filled(again, written(owners, Owners())).of
    {'fhir Observation/7': ('A|1',)}
    """
    return b"".join(written_in_pieces(thing, fresh, leave_out))


def written_in_pieces(
    thing: object, fresh: object, leave_out: frozenset[str] = frozenset()
) -> Iterator[bytes]:
    """The same bytes one after another, so that others need not wait for all; the object must not change before the last."""
    pieces: list[list] = []
    whole = _parted(differences(thing, fresh, leave_out), pieces)
    return _dumped([whole, *pieces])


def _dumped(things: list) -> Iterator[bytes]:
    out = BytesIO()
    pickler = _Pickler(out, protocol=5)  # one for all: what is held in several places stays one thing
    for thing in things:
        pickler.dump(thing)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


class _Pickler(pickle.Pickler):
    """Leaves out of a dataclass what is empty by its class: most of its attributes, which reading need not set again."""

    def reducer_override(self, obj):
        """How a dataclass is written; all else as it always is."""
        kind = type(obj)
        if not is_dataclass(kind):
            return NotImplemented
        empty = _empty_by_class(kind)
        said = {name: one for name, one in vars(obj).items() if empty.get(name, _SAME) is not one}
        return __newobj__, (kind,), said


@cache
def _empty_by_class(kind: type) -> dict[str, object]:
    """The attributes of a dataclass that its class has as None, False or an empty word where an object has none of its own."""
    return {f.name: f.default for f in fields(kind) if any(f.default is empty for empty in (None, False, ""))}


def _parted(value, pieces: list[list], deep: bool = True) -> Any:
    """A value with its long lists and dictionaries cut into pieces."""
    kind = type(value)
    if kind is Held:
        return Held(value.kind, _parted(value.said, pieces))
    if kind is Changed:
        return Changed(_parted(value.said, pieces))
    if kind in (HeldDict, HeldList):
        return value
    if kind not in (list, dict) or (kind is list and len(value) <= LONG):
        return value
    if len(value) <= LONG:
        return {name: _parted(one, pieces, False) for name, one in value.items()} if deep else value
    entries = value if kind is list else list(value.items())
    found = Long(len(pieces), -(-len(entries) // LONG), kind is dict)
    pieces += [entries[at : at + LONG] for at in range(0, len(entries), LONG)]
    return found


def _whole(value, pieces: list[list], deep: bool = True) -> Any:
    """The value again from its pieces."""
    kind = type(value)
    if kind is Long:
        entries = [one for piece in pieces[value.first : value.first + value.pieces] for one in piece]
        return dict(entries) if value.is_dict else entries
    if kind is Held:
        return Held(value.kind, _whole(value.said, pieces))
    if kind is Changed:
        return Changed(_whole(value.said, pieces))
    if kind is dict and deep:
        return {name: _whole(one, pieces, False) for name, one in value.items()}
    return value


def differences(thing: object, fresh: object, leave_out: frozenset[str] = frozenset()) -> dict:
    """The attributes of an object that differ from those of a fresh one; values that are data stand as they are."""
    return _Writer().held(thing, fresh, leave_out).said


def filled(fresh, state: bytes):
    """A fresh object with what was written of another; Unreadable for anything else."""
    try:
        read = BytesIO(state)
        data, pieces = _DataOnly(read), []
        said = data.load()
        while read.tell() < len(state):
            pieces.append(data.load())
        whole = _whole(said, pieces) if pieces else said
        if not isinstance(whole, dict):
            raise TypeError("no attributes")
        return _fill(fresh, whole, fresh)
    except Exception as problem:  # bytes of any kind can fail in any way
        raise Unreadable(type(problem).__name__) from problem


class _Writer:
    """Writes one object with all that it holds; what is held in several places is written at the first."""

    def __init__(self):
        self.seen: set[int] = set()

    def held(self, thing: object, fresh: object | None, leave_out: frozenset[str] = frozenset()) -> Held:
        if id(thing) in self.seen:
            raise _Derived
        self.seen.add(id(thing))
        said = {}
        for name, value in vars(thing).items():
            if name in WORKED_OUT_AGAIN or name in leave_out:
                continue
            twin = getattr(fresh, name, None)
            if value is twin or (type(value) is type(twin) and _is_same(value, twin)):
                continue
            try:
                found = self._value(value, twin)
            except _Derived:
                continue
            if found is not _SAME:
                said[name] = found
        return Held(type(thing).__name__, said)

    def _value(self, value: object, twin: object):
        kind = type(value)
        if kind in PRIMITIVES:
            return value
        if kind in (list, tuple, dict):
            return self._container(value, twin)
        if isinstance(value, CODE) or (
            kind.__module__.startswith(DEFINITIONS) and not isinstance(value, Enum)
        ):
            raise _Derived
        if not _is_held(kind):
            return value
        found = self.held(value, twin)
        return _SAME if not found.said and type(twin) is kind else found

    def _container(self, value, twin: object):
        """Data as it is; objects one by one. All that a container holds is of the kind of what it holds first."""
        first = _first(value)
        if isinstance(first, CODE) or type(first).__module__.startswith(DEFINITIONS):
            raise _Derived
        if not _is_held(type(first)):
            return _changed(value, twin)
        if type(value) is dict:
            twins = twin if isinstance(twin, dict) else {}
            said = {key: self._value(one, twins.get(key)) for key, one in value.items()}
            changed = {key: one for key, one in said.items() if one is not _SAME}
            return HeldDict(changed) if changed or twins.keys() != value.keys() else _SAME
        twins = twin if isinstance(twin, list) and len(twin) == len(value) else [None] * len(value)
        parts = [self._value(one, t) for one, t in zip(value, twins, strict=True)]
        if all(one is _SAME for one in parts) and twins is twin:
            return _SAME
        return HeldList([None if one is _SAME else one for one in parts])


def _is_same(value, twin) -> bool:
    """Whether two values of one type are known to be equal without looking into them."""
    return value == twin if type(value) in PRIMITIVES else not value and not twin and type(value) in EMPTY


def _changed(value, twin):
    """Data as it is; of a dictionary with the names of a fresh one only what is other than there: of most concepts nothing is known."""
    if type(value) is not dict or type(twin) is not dict or not twin or twin.keys() != value.keys():
        return value
    return Changed({name: one for name, one in value.items() if one != twin[name]})


@cache
def _is_held(kind: type) -> bool:
    """Whether objects of a class are written by their attributes."""
    if kind.__module__ == "builtins" or is_dataclass(kind) or issubclass(kind, Enum):
        return False
    if not kind.__module__.startswith("opensepsis."):
        raise TypeError(f"{kind.__name__} cannot be written as state")
    return True


def _first(value):
    """The first thing in a container that is no container itself; None in an empty one."""
    for one in value.values() if type(value) is dict else value:
        found = _first(one) if type(one) in (list, tuple, dict) else one
        if found is not None:
            return found
    return None


class _DataOnly(pickle.Unpickler):
    """Reads data, and refuses every name but those of data."""

    def find_class(self, module: str, name: str) -> type:
        return _data_class(module, name)


@cache
def _data_class(module: str, name: str) -> type:
    """A dataclass or enumeration of the ward or its engine, which is loaded already."""
    kind = vars(sys.modules[module])[name] if module.startswith(DATA) else None
    if not isinstance(kind, type) or not (is_dataclass(kind) or issubclass(kind, Enum)):
        raise pickle.UnpicklingError("a name that is none of data")
    return kind


def _fill(thing, said: dict, owner):
    """Sets the attributes of an object; `owner` is the whole of which it is a part."""
    for name, value in said.items():
        if type(value) is Changed:
            getattr(thing, name).update(value.said)
            continue
        if type(value) in (Held, HeldDict, HeldList):
            value = _into(getattr(thing, name, None), value, owner)
        setattr(thing, name, value)
    return thing


def _into(twin, held: Held | HeldDict | HeldList, owner):
    """What holds objects is filled into the one that is there."""
    if type(held) is HeldList:
        twin[:] = [_part(t, one, owner) for t, one in zip(twin, held.said, strict=True)]
        return twin
    if type(held) is HeldDict:
        for key, one in held.said.items():
            twin[key] = _part(twin.get(key), one, owner)
        return twin
    held = cast(Held, held)
    if held.kind == HourlyEvaluations.__name__ and twin is None:  # a fresh patient has none
        twin = HourlyEvaluations(owner.watching.scores, owner.bedside, held.said["admitted"])
    if type(twin).__name__ != held.kind:
        raise Unreadable(held.kind)
    return _fill(twin, held.said, owner)


def _part(twin, one, owner):
    if one is None:
        return twin
    return _into(twin, one, owner) if type(one) in (Held, HeldDict, HeldList) else one
