"""Row groups of a Parquet file put in the place of others; those that stay are not decoded, and keep their bytes and places.

What a group is replaced by is written behind the last page; only the footer says which pages count, so a file may hold some that no longer
do. No library edits a footer; its Thrift is read here as far as that takes (https://parquet.apache.org/docs/file-format/metadata/).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from opensepsis.errors import FormatError

MAGIC = b"PAR1"
_VARINTS, _BINARY, _LISTS, _STRUCT, _DOUBLE, _BYTE = (4, 5, 6), 8, (9, 10), 12, 7, 3
# fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData
_SCHEMA, _ROWS, _GROUPS, _ABOUT = 2, 3, 4, 5
_COLUMNS, _GROUP_ROWS, _GROUP_PLACE, _GROUP_SIZE, _ORDINAL = 1, 3, 5, 6, 7
_CHUNK_PLACES, _CHUNK_ABOUT, _PAGE_PLACES = (2, 4, 6), 3, (9, 10, 11, 14)
Span = tuple[int, int]
Edit = tuple[int, int, bytes]


@dataclass(frozen=True)
class Group:
    """What a footer says of one row group: Thrift, and where each of its fields lies in it."""

    told: bytes
    fields: Mapping[int, Span]

    def number(self, field: int) -> int:
        """The number in a field."""
        return _unzigzag(_varint(self.told, self.fields[field][0])[0])

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.number(_GROUP_ROWS)

    @property
    def size(self) -> int:
        """How many bytes its pages have."""
        return self.number(_GROUP_SIZE)


@dataclass(frozen=True)
class Footer:
    """What the end of a Parquet file says: `told` in Thrift, which begins at the byte `place` of the file."""

    told: bytes
    place: int
    fields: Mapping[int, Span]
    groups: list[Group]

    @property
    def size(self) -> int:
        """How many bytes the pages of all groups have."""
        return sum(group.size for group in self.groups)

    def has_columns_of(self, other: "Footer") -> bool:
        """Whether columns, types and what is said about them are the same, byte by byte."""
        return all(self._bytes(field) == other._bytes(field) for field in (_SCHEMA, _ABOUT))

    def _bytes(self, field: int) -> bytes:
        start, end = self.fields.get(field, (0, 0))
        return self.told[start:end]


def footer_of(content: bytes) -> Footer:
    """The footer of a Parquet file. FormatError: it has none that can be read."""
    length = int.from_bytes(content[-8:-4], "little")
    place = len(content) - 8 - length
    if content[-4:] != MAGIC or place < len(MAGIC):
        raise FormatError("This is not a Parquet file, or it is truncated.")
    told = content[place:-8]
    try:
        fields, _ = _struct(told, 0)
        return Footer(told, place, fields, list(_groups(told, fields[_GROUPS][0])))
    except (IndexError, KeyError):
        raise FormatError("The footer of a Parquet file is damaged.") from None


def _groups(told: bytes, at: int) -> Iterator[Group]:
    count, _, at = _list(told, at)
    for _ in range(count):
        fields, end = _struct(told, at, at)
        yield Group(told[at:end], fields)
        at = end


def with_groups_replaced(content: bytes, footer: Footer, fresh: Mapping[int, bytes]) -> bytes:
    """A Parquet file in which other row groups stand in the place of some.

    `footer` is that of `content`, `fresh` has by the number of a group (from 0) a whole Parquet file whose groups take its place; those
    without rows are left out.
    FormatError: one of the files has other columns, or is damaged.

    >>> import io, pyarrow as pa, pyarrow.parquet as pq
    >>> def file(*values):
    ...     pq.write_table(pa.table({"value": values}), out := io.BytesIO(), row_group_size=2)
    ...     return out.getvalue()
    >>> old = file(1, 2, 3, 4, 5)
    >>> new = with_groups_replaced(old, footer_of(old), {1: file(7)})
    >>> pq.read_table(io.BytesIO(new))["value"].to_pylist()
    [1, 2, 7, 5]
    """
    groups: list[Group] = []
    pages, place = [content[: footer.place]], footer.place
    for number, group in enumerate(footer.groups):
        if number not in fresh:
            groups.append(group)
            continue
        other = footer_of(fresh[number])
        if not other.has_columns_of(footer):
            raise FormatError("Row groups of other columns cannot be combined in one Parquet file.")
        groups += [_moved(one, place - len(MAGIC)) for one in other.groups if one.rows]
        pages.append(fresh[number][len(MAGIC) : other.place])
        place += other.place - len(MAGIC)
    told = _with_groups(footer, groups)
    return b"".join([*pages, told, len(told).to_bytes(4, "little"), MAGIC])


def _with_groups(footer: Footer, groups: list[Group]) -> bytes:
    rows = sum(group.rows for group in groups)
    listed = _head_of_list(len(groups)) + b"".join(_numbered(group, n) for n, group in enumerate(groups))
    edits = [(*footer.fields[_ROWS], _zigzag(rows)), (*footer.fields[_GROUPS], listed)]
    return _edited(footer.told, edits)


def _moved(group: Group, by: int) -> Group:
    """A row group whose pages lie so many bytes further on."""
    told, fields, edits = group.told, group.fields, []
    for start, _ in _listed(told, fields[_COLUMNS][0]):
        chunk = _struct(told, start)[0]
        about = _struct(told, chunk[_CHUNK_ABOUT][0])[0]
        edits += _places_moved(told, (chunk[n] for n in _CHUNK_PLACES if n in chunk), by)
        edits += _places_moved(told, (about[n] for n in _PAGE_PLACES if n in about), by)
    edits += _places_moved(told, (fields[n] for n in (_GROUP_PLACE,) if n in fields), by)
    moved = _edited(told, edits)
    return Group(moved, _struct(moved, 0)[0])


def _places_moved(told: bytes, spans: Iterable[Span], by: int) -> Iterator[Edit]:
    for start, end in spans:
        if place := _unzigzag(_varint(told, start)[0]):  # 0: it is not said
            yield start, end, _zigzag(place + by)


def _numbered(group: Group, number: int) -> bytes:
    if _ORDINAL not in group.fields:
        return group.told
    return _edited(group.told, [(*group.fields[_ORDINAL], _zigzag(number))])


def _edited(told: bytes, edits: Iterable[Edit]) -> bytes:
    pieces, before = [], 0
    for start, end, new in sorted(edits):
        pieces += [told[before:start], new]
        before = end
    return b"".join([*pieces, told[before:]])


def _struct(told: bytes, at: int, zero: int = 0) -> tuple[dict[int, Span], int]:
    """By its number where each field of a struct lies, counted from the byte `zero`, and where the struct ends."""
    fields: dict[int, Span] = {}
    field = 0
    while head := told[at]:
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            number, at = _varint(told, at)
            field = _unzigzag(number)
        end = _skipped(told, at, head & 15)
        fields[field] = at - zero, end - zero
        at = end
    return fields, at + 1


def _listed(told: bytes, at: int) -> list[Span]:
    """Where each of a list of structs lies."""
    count, _, at = _list(told, at)
    spans = []
    for _ in range(count):
        end = _skipped(told, at, _STRUCT)
        spans.append((at, end))
        at = end
    return spans


def _list(told: bytes, at: int) -> tuple[int, int, int]:
    """How many are in a list, of which kind, and where the first begins."""
    head, at = told[at], at + 1
    if head >> 4 < 15:
        return head >> 4, head & 15, at
    count, at = _varint(told, at)
    return count, head & 15, at


def _head_of_list(count: int) -> bytes:
    return bytes([count << 4 | _STRUCT]) if count < 15 else bytes([15 << 4 | _STRUCT]) + _as_varint(count)


def _skipped(told: bytes, at: int, kind: int) -> int:
    """Where a value ends."""
    if kind in _VARINTS:
        return _behind_varint(told, at)
    if kind == _BINARY:
        length, at = _varint(told, at)
        return at + length
    if kind == _STRUCT:
        return _behind_struct(told, at)
    if kind in _LISTS:
        count, kind, at = _list(told, at)
        for _ in range(count):
            at = at + 1 if kind < _BYTE else _skipped(told, at, kind)
        return at
    return at + {_DOUBLE: 8, _BYTE: 1}.get(kind, 0)  # of a field that is true or false its head says which


def _behind_struct(told: bytes, at: int) -> int:
    while head := told[at]:
        at += 1
        if head < 16:
            at = _behind_varint(told, at)
        kind = head & 15
        if 4 <= kind <= 6:  # most are numbers
            while told[at] > 127:
                at += 1
            at += 1
        else:
            at = _skipped(told, at, kind)
    return at + 1


def _behind_varint(told: bytes, at: int) -> int:
    while told[at] > 127:
        at += 1
    return at + 1


def _varint(told: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while told[at] > 127:
        value |= (told[at] & 127) << shift
        shift += 7
        at += 1
    return value | told[at] << shift, at + 1


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _zigzag(value: int) -> bytes:
    return _as_varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _unzigzag(value: int) -> int:
    return value >> 1 ^ -(value & 1)
