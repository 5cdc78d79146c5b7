"""Row groups of a Parquet file, or columns of one, put in the place of others; what stays is not decoded, and keeps its bytes and places.

What replaces them is written behind the last page; only the footer says which pages count, so a file may hold some that no longer
do. No library edits a footer; its Thrift is read here as far as that takes (https://parquet.apache.org/docs/file-format/metadata/).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from opensepsis.errors import FormatError

MAGIC = b"PAR1"
_VARINTS, _BINARY, _LISTS, _STRUCT, _DOUBLE, _BYTE = (4, 5, 6), 8, (9, 10), 12, 7, 3
# fields of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData
_SCHEMA, _ROWS, _GROUPS, _ABOUT = 2, 3, 4, 5
_COLUMNS, _GROUP_DECODED, _GROUP_ROWS, _GROUP_PLACE, _GROUP_SIZE, _ORDINAL = 1, 2, 3, 5, 6, 7
_CHUNK_PLACES, _CHUNK_ABOUT, _PAGE_PLACES = (2, 4, 6), 3, (9, 10, 11, 14)
_COLUMN, _DECODED, _SIZE, _DATA, _DICTIONARY = 3, 6, 7, 9, 11
Span = tuple[int, int]
Edit = tuple[int, int, bytes]


@dataclass(frozen=True)
class Group:
    """What a footer says of one row group: Thrift, where each of its fields lies in it, and each of its columns."""

    told: bytes
    fields: Mapping[int, Span]
    spans: list[Span]

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

    @property
    def chunks(self) -> list["Chunk"]:
        """Its columns, in their order."""
        return [Chunk(self.told[start:end]) for start, end in self.spans]


@dataclass(frozen=True)
class Chunk:
    """What a footer says of one column of a row group, in Thrift."""

    told: bytes

    @property
    def column(self) -> bytes:
        """The path of its column."""
        start, end = self.about[_COLUMN]
        return self.told[start:end]

    @cached_property
    def fields(self) -> Mapping[int, Span]:
        """Where each field lies."""
        return _struct(self.told, 0)[0]

    @cached_property
    def about(self) -> Mapping[int, Span]:
        """Likewise of its metadata."""
        return _struct(self.told, self.fields[_CHUNK_ABOUT][0])[0]

    def number(self, field: int) -> int:
        """The number in a field of its metadata, 0 where there is none."""
        return _unzigzag(_varint(self.told, self.about[field][0])[0]) if field in self.about else 0

    def moved(self, by: int) -> "Chunk":
        """The same with pages that lie so many bytes further on."""
        edits = [
            *_places_moved(self.told, (self.fields[n] for n in _CHUNK_PLACES if n in self.fields), by),
            *_places_moved(self.told, (self.about[n] for n in _PAGE_PLACES if n in self.about), by),
        ]
        return Chunk(_edited(self.told, edits))


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

    @property
    def with_rows(self) -> list[Group]:
        """The groups that have any row."""
        return [group for group in self.groups if group.rows]

    def has_columns_of(self, other: "Footer") -> bool:
        """Whether columns, types and what is said about them are the same, byte by byte."""
        return all(self._bytes(field) == other._bytes(field) for field in (_SCHEMA, _ABOUT))

    def has_some_columns_of(self, other: "Footer") -> bool:
        """Whether its columns are some of the other's, not all; the first element of a schema only counts them."""
        return set(self._schema[1:]) < set(other._schema[1:])

    @property
    def _schema(self) -> list[bytes]:
        spans: list[Span] = []
        _spans(self.told, self.fields[_SCHEMA][0], spans)
        return [self.told[start:end] for start, end in spans]

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
        groups: list[Group] = []
        fields, _ = _struct(told, 0, reads={_GROUPS: lambda told, at: _groups(told, at, groups)})
        if not {_SCHEMA, _ROWS, _GROUPS} <= fields.keys():
            raise KeyError
        return Footer(told, place, fields, groups)
    except (IndexError, KeyError):
        raise FormatError("The footer of a Parquet file is damaged.") from None


def _groups(told: bytes, at: int, found: list[Group]) -> int:
    """Adds the groups of a footer to `found`; comes back with where they end."""
    count, _, at = _list(told, at)
    for _ in range(count):
        spans: list[Span] = []
        fields, end = _struct(told, at, at, {_COLUMNS: partial(_spans, found=spans)})
        found.append(Group(told[at:end], fields, [(start - at, behind - at) for start, behind in spans]))
        at = end
    return at


def with_groups_replaced(content: bytes, footer: Footer, fresh: Mapping[int, bytes]) -> bytes:
    """A Parquet file in which other row groups stand in the place of some.

    `footer` is that of `content`, `fresh` has by the number of a group (from 0) a whole Parquet file whose groups take its place; those
    without rows are left out. A file with some of the columns and one group of as many rows takes the place of these columns only.
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
    groups: list[bytes] = []
    rows, pages, place = 0, [content[: footer.place]], footer.place
    for number, group in enumerate(footer.groups):
        if number not in fresh:
            groups.append(_numbered(group, len(groups)))
            rows += group.rows
            continue
        other = footer_of(fresh[number])
        by = place - len(MAGIC)
        if other.has_columns_of(footer):
            groups += [_moved(one, by, len(groups) + n) for n, one in enumerate(other.with_rows)]
        elif other.has_some_columns_of(footer) and [one.rows for one in other.groups] == [group.rows]:
            chunks = [chunk.moved(by) for chunk in other.groups[0].chunks]
            groups.append(_with_columns(group, chunks, len(groups)))
        else:
            raise FormatError("Row groups of other columns cannot be combined in one Parquet file.")
        rows += sum(one.rows for one in other.groups)
        pages.append(fresh[number][len(MAGIC) : other.place])
        place += other.place - len(MAGIC)
    listed = _head_of_list(len(groups)) + b"".join(groups)
    told = _edited(footer.told, [(*footer.fields[_ROWS], _zigzag(rows)), (*footer.fields[_GROUPS], listed)])
    return b"".join([*pages, told, len(told).to_bytes(4, "little"), MAGIC])


def _numbered(group: Group, number: int) -> bytes:
    return _edited(group.told, _told_as(group, {_ORDINAL: number}))


def _moved(group: Group, by: int, number: int) -> bytes:
    """A row group whose pages lie so many bytes further on."""
    begins = _places_moved(group.told, (group.fields[n] for n in (_GROUP_PLACE,) if n in group.fields), by)
    edits = [*begins, *_told_as(group, {_ORDINAL: number})]
    return _with_chunks(group, [chunk.moved(by) for chunk in group.chunks], edits)


def _with_columns(group: Group, fresh: list[Chunk], number: int) -> bytes:
    """A row group with these columns in the place of its own."""
    chunks, decoded, size = group.chunks, group.number(_GROUP_DECODED), group.size
    for chunk in fresh:
        place = next(
            n for n, old in enumerate(chunks) if chunk.column in old.told and chunk.column == old.column
        )
        decoded += chunk.number(_DECODED) - chunks[place].number(_DECODED)
        size += chunk.number(_SIZE) - chunks[place].number(_SIZE)
        chunks[place] = chunk
    first = chunks[0].number(_DICTIONARY) or chunks[0].number(_DATA)
    told = {_GROUP_DECODED: decoded, _GROUP_SIZE: size, _GROUP_PLACE: first, _ORDINAL: number}
    return _with_chunks(group, chunks, _told_as(group, told))


def _with_chunks(group: Group, chunks: list[Chunk], edits: list[Edit]) -> bytes:
    listed = _head_of_list(len(chunks)) + b"".join(chunk.told for chunk in chunks)
    return _edited(group.told, [*edits, (*group.fields[_COLUMNS], listed)])


def _told_as(group: Group, numbers: Mapping[int, int]) -> list[Edit]:
    """These numbers in the fields of a group, as far as it has them."""
    return [(*group.fields[field], _zigzag(n)) for field, n in numbers.items() if field in group.fields]


def _places_moved(told: bytes, spans: Iterable[Span], by: int) -> Iterator[Edit]:
    for start, end in spans:
        if place := _unzigzag(_varint(told, start)[0]):  # 0: it is not said
            yield start, end, _zigzag(place + by)


def _edited(told: bytes, edits: Iterable[Edit]) -> bytes:
    pieces, before = [], 0
    for start, end, new in sorted(edits):
        pieces += [told[before:start], new]
        before = end
    return b"".join([*pieces, told[before:]])


def _struct(
    told: bytes, at: int, zero: int = 0, reads: Mapping[int, Callable[[bytes, int], int]] | None = None
) -> tuple[dict[int, Span], int]:
    """By its number where each field of a struct lies, counted from the byte `zero`, and where the struct ends.

    `reads` has for some fields what reads them, and comes back with where they end.
    """
    fields: dict[int, Span] = {}
    field = 0
    while head := told[at]:
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            number, at = _varint(told, at)
            field = _unzigzag(number)
        own = reads.get(field) if reads else None
        end = own(told, at) if own else _skipped(told, at, head & 15)
        fields[field] = at - zero, end - zero
        at = end
    return fields, at + 1


def _spans(told: bytes, at: int, found: list[Span]) -> int:
    """Adds to `found` where each of a list of structs lies; comes back with where the list ends."""
    count, _, at = _list(told, at)
    for _ in range(count):
        end = _behind_struct(told, at)
        found.append((at, end))
        at = end
    return at


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
        elif kind == _BINARY and told[at] < 128:
            at += 1 + told[at]
        elif kind == _STRUCT:
            at = _behind_struct(told, at)
        elif kind > 2:  # else it is true or false, which its head says
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
