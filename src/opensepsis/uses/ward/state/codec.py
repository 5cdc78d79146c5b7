"""The ward's state as bytes, and back. It follows the classes: every dataclass by its fields, everything else by its attributes.

Only data is written. What a class makes of the definitions by itself (tables, concepts, functions) is not: reading begins with a
fresh object of the same definitions and fills in what differs from it. Reading makes objects of opensepsis's own classes only and
runs no code of the content.
"""

import sys
from collections.abc import Callable, MutableSequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import BuiltinFunctionType, FunctionType, MethodType

import msgspec

from opensepsis.uses.ward.state.hours import Ticks

LIST, TUPLE, DICT, SET, FROZENSET, ENUM, DATA, HELD, HELD_DICT, HELD_LIST, LATER = range(11)
FLAT_LIST, FLAT_TUPLE, FLAT_DATA = range(11, 14)  # of primitive values only
PRIMITIVES = frozenset((type(None), bool, int, float, str, bytes))
DEFINITIONS = ("opensepsis.rules", "opensepsis.definitions")
WORKED_OUT_AGAIN = frozenset(
    ("_worked_out", "_read")
)  # by identity or by function: made anew when they are asked for
SELDOM_READ = frozenset(("told",))  # long lists: made when somebody looks at them
CODE = (FunctionType, MethodType, BuiltinFunctionType, type)
# what a fresh patient has not: how it is made from the patient and the attributes that were written
MAKERS: dict[str, Callable] = {
    "Ticks": lambda patient, said: Ticks(patient.watching.scores, patient.bedside, said["admitted"])
}


class _Derived(Exception):
    """Something that a fresh object has by itself."""


class Unreadable(Exception):
    """Bytes of another state than that of these classes."""


def written(thing: object, fresh: object, leave_out: frozenset[str] = frozenset()) -> bytes:
    """What distinguishes an object from a fresh one of the same class and definitions.

    >>> from opensepsis.uses.ward.state.resource_owners import Owners
    >>> owners, again = Owners(), Owners()
    >>> owners.of["fhir Observation/7"] = ("A|1",)
    >>> filled(again, written(owners, Owners())).of
    {'fhir Observation/7': ('A|1',)}
    """
    writer = _Writer()
    said = writer.held(thing, fresh, leave_out)[2]
    return msgspec.msgpack.encode((list(writer.classes), said))


def filled(fresh, state: bytes):
    """A fresh object with what was written of another; Unreadable for anything else."""
    try:
        classes, said = msgspec.msgpack.decode(state)
        return _Reader(classes, fresh).fill(fresh, said)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError) as problem:
        raise Unreadable(type(problem).__name__) from problem


class Later(MutableSequence):
    """A list whose beginning is made from bytes when it is looked at; appending does not look."""

    def __init__(self, parts: list[bytes]):
        self._parts, self._list = parts, []

    def _whole(self) -> list:
        if self._parts:
            self._list[:0] = [one for part in self._parts for one in _items(part)]
            self._parts = []
        return self._list

    def parts(self) -> list[bytes]:
        """All of it as bytes, the beginning as it was read."""
        if self._list:
            self._parts, self._list = [*self._parts, _packed_items(self._list)], []
        return self._parts

    def __len__(self) -> int:
        return len(self._whole())

    def __iter__(self):
        return iter(self._whole())

    def __getitem__(self, place):
        return self._whole()[place]

    def __setitem__(self, place, value) -> None:
        self._whole()[place] = value

    def __delitem__(self, place) -> None:
        del self._whole()[place]

    def insert(self, place: int, value) -> None:
        self._whole().insert(place, value)

    def append(self, value) -> None:
        self._list.append(value)


def _packed_items(items: list) -> bytes:
    writer = _Writer()
    said = [writer.plain(item) for item in items]
    return msgspec.msgpack.encode((list(writer.classes), said))


def _items(part: bytes) -> list:
    classes, said = msgspec.msgpack.decode(part)
    reader = _Reader(classes, None)
    return [reader.made(item) for item in said]


class _Writer:
    """Writes one object with all that it holds; what is held in several places is written at the first."""

    def __init__(self):
        self.seen: set[int] = set()
        self.classes: dict[str, int] = {}

    def held(self, thing: object, fresh: object | None, leave_out: frozenset[str] = frozenset()) -> list:
        """An object that is no dataclass, by its attributes that differ from those of a fresh one."""
        if id(thing) in self.seen:
            raise _Derived
        self.seen.add(id(thing))
        said = {}
        for name, value in vars(thing).items():
            if name in WORKED_OUT_AGAIN or name in leave_out:
                continue
            twin = getattr(fresh, name, None)
            if value is twin or (type(value) in PRIMITIVES and value == twin and type(value) is type(twin)):
                continue
            try:
                later = name in SELDOM_READ and value
                said[name] = _deferred(value) if later else self.plain(value, twin)
            except _Derived:
                continue
        return [HELD, type(thing).__name__, said]

    def plain(self, value: object, twin: object = None):
        """A value in lists, whose first item says what it was."""
        kind = type(value)
        if kind in PRIMITIVES:
            return value
        if kind is list:
            return self._listed(value, twin)
        if kind is tuple:
            return self._many(TUPLE, FLAT_TUPLE, value)
        if kind is dict:
            return self._mapped(value, twin)
        if kind is set or kind is frozenset:
            return [SET if kind is set else FROZENSET, *sorted(map(self.plain, value), key=repr)]
        if isinstance(value, CODE) or kind.__module__.startswith(DEFINITIONS):
            raise _Derived
        if isinstance(value, Enum):
            return [ENUM, self._number(kind), value.value]
        if is_dataclass(kind):
            data = vars(value)
            said = self._many(DATA, FLAT_DATA, [data[name] for name in _fields(kind)])
            said.insert(1, self._number(kind))
            return said
        if not kind.__module__.startswith("opensepsis."):
            raise TypeError(f"{kind.__name__} cannot be written as state")
        return self.held(value, twin)

    def _many(self, tag: int, flat: int, values) -> list:
        if all(type(v) in PRIMITIVES for v in values):
            return [flat, *values]
        return [tag, *[v if type(v) in PRIMITIVES else self.plain(v) for v in values]]

    def _number(self, kind: type) -> int:
        return self.classes.setdefault(f"{kind.__module__}:{kind.__qualname__}", len(self.classes))

    def _listed(self, value: list, twin: object) -> list:
        if all(type(v) in PRIMITIVES for v in value):
            return [FLAT_LIST, *value]
        twins = twin if isinstance(twin, list) and len(twin) == len(value) else [None] * len(value)
        said = [v if type(v) in PRIMITIVES else self.plain(v, t) for v, t in zip(value, twins, strict=True)]
        return [HELD_LIST if _holds(said) else LIST, *said]

    def _mapped(self, value: dict, twin: object) -> list:
        twins = twin if isinstance(twin, dict) else {}
        said = []
        for key, v in value.items():
            said.append(key if type(key) in PRIMITIVES else self.plain(key))
            said.append(v if type(v) in PRIMITIVES else self.plain(v, twins.get(key)))
        return [HELD_DICT if _holds(said) else DICT, *said]


def _holds(said: list) -> bool:
    return any(type(v) is list and v and v[0] in (HELD, HELD_DICT, HELD_LIST) for v in said)


def _deferred(value: list | Later) -> list:
    return [LATER, *(value.parts() if isinstance(value, Later) else [_packed_items(value)])]


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _class(name: str) -> tuple[type, tuple[str, ...]]:
    """A dataclass or enumeration of opensepsis, which is loaded already."""
    module, _, qualified = name.partition(":")
    kind = sys.modules[module] if module.startswith("opensepsis.") else None
    for part in qualified.split("."):
        kind = vars(kind)[part]
    if not isinstance(kind, type) or not (is_dataclass(kind) or issubclass(kind, Enum)):
        raise LookupError(name)
    return kind, _fields(kind) if is_dataclass(kind) else ()


class _Reader:
    """Reads what a writer wrote; `owner` is the whole object."""

    def __init__(self, classes: list[str], owner: object):
        self.classes = [_class(name) for name in classes]
        self.owner = owner

    def fill(self, thing, said: dict):
        """Sets the attributes of an object."""
        for name, value in said.items():
            if type(value) is list:
                value = self._into(getattr(thing, name, None), value)
            setattr(thing, name, value)
        return thing

    def _into(self, twin, said: list):
        """A value; what holds objects is filled into the one that is there."""
        tag = said[0]
        if tag == HELD:
            if type(twin).__name__ != said[1]:
                twin = MAKERS[said[1]](self.owner, said[2])
            return self.fill(twin, said[2])
        if tag == HELD_LIST:
            pairs = zip(twin, said[1:], strict=True)
            twin[:] = [v if type(v) is not list else self._into(t, v) for t, v in pairs]
            return twin
        if tag == HELD_DICT:
            for key, v in zip(said[1::2], said[2::2], strict=True):
                name = self.made(key)
                twin[name] = v if type(v) is not list else self._into(twin[name], v)
            return twin
        return self.made(said)

    def made(self, said):
        """A value without objects that hold others."""
        if type(said) is not list:
            return said
        tag, made = said[0], self.made
        if tag == FLAT_LIST:
            return said[1:]
        if tag in (FLAT_DATA, DATA):
            kind, names = self.classes[said[1]]
            thing = object.__new__(kind)
            values = (
                said[2:] if tag == FLAT_DATA else [v if type(v) is not list else made(v) for v in said[2:]]
            )
            thing.__dict__.update(zip(names, values, strict=True))
            return thing
        if tag == LIST:
            return [v if type(v) is not list else made(v) for v in said[1:]]
        if tag == FLAT_TUPLE:
            return tuple(said[1:])
        if tag == TUPLE:
            return tuple([v if type(v) is not list else made(v) for v in said[1:]])
        if tag == DICT:
            values = [v if type(v) is not list else made(v) for v in said[1:]]
            return dict(zip(values[::2], values[1::2], strict=True))
        return self._rare(tag, said)

    def _rare(self, tag: int, said: list):
        if tag == ENUM:
            return self.classes[said[1]][0](said[2])
        if tag == LATER:
            return Later(said[1:])
        if tag in (SET, FROZENSET):
            values = map(self.made, said[1:])
            return set(values) if tag == SET else frozenset(values)
        raise LookupError(str(tag))
