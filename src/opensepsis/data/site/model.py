"""The content of a `site.toml`, as data."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from opensepsis.data.intake.code_systems import system_name
from opensepsis.data.intake.text_codes import is_asked, plain


def name_key(name: str) -> str:
    """A local name whatever its case and space; punctuation counts, for `Lymphocytes` and `Lymphocytes %` differ.

    >>> name_key(" Lymphozyten  % ")
    'lymphozyten %'
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True)
class FileFormat:
    """How the files are written: separator, decimal mark, encoding, time formats (strptime), zone, missing words."""

    separator: str = ","
    decimal: str = ""  # not named: a point or a comma, where it can only be one
    thousands: str = ""
    encoding: str = "utf-8"
    times: tuple[str, ...] = ()
    timezone: str | None = None
    missing: frozenset[str] = frozenset()
    shifted_dates: bool = False


@dataclass(frozen=True)
class LocalName:
    """The concept of a local name, and the unit of its values that come without one."""

    concept: str
    unit: str = ""


@dataclass(frozen=True)
class Drug:
    """The concept and ingredient of a local drug name."""

    concept: str
    ingredient: str


@dataclass(frozen=True)
class TableLayout:
    """The files of a table, their column names (ours to theirs), and columns that each hold one local name (wide).

    A column may be two of theirs, `date + time`. `concept` is what every row of the files is, where no column says it.
    """

    files: tuple[str, ...] = ()
    concept: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    wide: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StandingOrder:
    """The codes (system, code) and the exact words that mean an order; nothing else means it."""

    codes: frozenset[tuple[str, str]] = frozenset()
    words: frozenset[str] = frozenset()

    def has_code(self, system: str, code: str) -> bool:
        """Whether a code is one of the site's for this order; the system's name in any case.

        >>> StandingOrder(frozenset({("local", "PAL1")})).has_code("Local", "PAL1")
        True
        """
        return (system_name(system), code) in self.codes

    def is_said(self, text: str) -> bool:
        """Whether the whole text is one of the site's words for this order, whatever its case and punctuation.

        >>> order = StandingOrder(words=frozenset({"palliative care"}))
        >>> order.is_said("Palliative care"), order.is_said("Not for palliative care"), order.is_said("Palliative care?")
        (True, False, False)
        """
        return plain(text) in self.words and not is_asked(text)


@dataclass(frozen=True)
class LocalWords:
    """Everything a `site.toml` says. Keys of `concepts` and `drugs` are as `name_key` writes them, of `words` as `plain`."""

    format: FileFormat = FileFormat()
    stays: TableLayout = TableLayout()
    events: tuple[TableLayout, ...] = (TableLayout(),)
    concepts: Mapping[str, LocalName] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    drugs: Mapping[str, Drug] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    comfort_care: StandingOrder = StandingOrder()
    code_status: StandingOrder = StandingOrder()  # what is observed, not what is answered
    spo2_scale_2: StandingOrder = StandingOrder()
    codes: str = ""
    wards: str = ""
    feeds: str = ""
    place: str = field(default="site.toml", compare=False)

    def concept(self, name: str) -> LocalName | None:
        """The concept of a local name, whatever its case and space."""
        return self.concepts.get(name_key(name))

    def drug(self, name: str) -> Drug | None:
        """The drug of a local name, whatever its case and space."""
        return self.drugs.get(name_key(name))

    def word(self, concept: str, text: str) -> str:
        """A local word of a concept in the project's word; the text itself where the site lists none.

        >>> LocalWords(words={"oxygen": {"raumluft": "air"}}).word("oxygen", "Raumluft")
        'air'
        """
        return text if is_asked(text) else self.words.get(concept, {}).get(plain(text), text)

    def unit(self, unit: str) -> str:
        """A local unit in a unit that is known; the unit itself where the site lists none."""
        return self.units.get(unit.strip(), unit)
