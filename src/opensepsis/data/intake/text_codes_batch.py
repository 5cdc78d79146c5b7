"""Texts of events in the words of their concepts, many at once; what no list has is counted by volume."""

from collections import Counter
from collections.abc import Callable

import polars as pl

from opensepsis.data.intake.culture import SCREENING, is_culture, organism_in_words
from opensepsis.data.intake.diagnosis_codes import why_doubtful
from opensepsis.data.intake.medicines import dose_in_words, fluid_in_text, why_no_fluid
from opensepsis.data.intake.not_given import why_dose_not_given
from opensepsis.data.intake.offs import YES_OR_NO, off_text
from opensepsis.data.intake.rejections import NOT_THERE
from opensepsis.data.intake.text_beside import MEASURES, why_no_value, why_not_by_comment
from opensepsis.data.intake.text_codes import is_absent, kind_of_place, unknown_route, word_of
from opensepsis.data.schema import REASON
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import PLACES

_WORDED = [c.name for c in CONCEPTS.values() if c.words]
_ROUTED = [c.name for c in CONCEPTS.values() if c.routed]
_READ = frozenset([*_WORDED, *_ROUTED, "organism", "diagnosis"])
_KINDS = 200  # of unknown words that are told one by one
_PATIENTS = 3  # a word that fewer have may be a name in the wrong column
LIMIT_SIGNS = ["<", "<=", ">", ">="]  # a limit stands in the text of a number
OTHERS = "other words: see rejected.parquet and the texts of the source"


class WordsRead:
    """Puts texts in the words of their concepts, batch by batch, and counts those that no list has.

    A word that a concept does not allow stays as it is and the checks set its row aside; where the concept says so the
    word alone goes. A dose by an unknown route stays: its route counts as not recorded. A culture of a screening specimen, a
    fluid that is no infused crystalloid and a diagnosis that is qualified in unknown words get a `reason`.
    """

    def __init__(self) -> None:
        self._unknown: Counter[tuple[str, str]] = Counter()
        self._patients: dict[tuple[str, str], set[str]] = {}

    def read(self, events: pl.DataFrame) -> pl.DataFrame:
        """The batch with the words of its concepts.

        >>> batch = pl.DataFrame({"patient": "a", "concept": "oxygen", "text": ["Room Air", "AIR", "foo"]})
        >>> words = WordsRead()
        >>> words.read(batch)["text"].to_list(), words.by_volume()["oxygen"][OTHERS]
        (['air', 'air', 'foo'], 1)
        """
        if not {"patient", "concept", "text"} <= set(events.columns):
            return events
        if events.schema["text"] != pl.String or events["text"].null_count() == events.height:
            return events
        events = _marked(events, "culture", lambda text: "" if is_culture(text) else SCREENING)
        events = _marked(events, "crystalloid", lambda text: why_no_fluid(*fluid_in_text(text)))
        events = _marked(events, "diagnosis", why_doubtful)
        events = _marked_beside_numbers(events)
        for concept in YES_OR_NO:
            events = _marked(events, concept, _not_there(concept))
        for concept in _ROUTED:
            events = _marked(events, concept, _not_given)
        said = pl.col("text").is_not_null() & pl.col("concept").is_in(sorted(_READ))
        asked = events.select("concept", "text").filter(said).unique().cast({"concept": pl.String})
        changed = [
            (concept, text, word)
            for concept, text in asked.iter_rows()
            if (word := self._word(concept, text)) != text
        ]
        self._count(events, asked)
        return _replaced(events, changed) if changed else events

    def _word(self, concept: str, text: str) -> str | None:
        if CONCEPTS[concept].routed:
            return dose_in_words(concept, text)
        if concept == "organism":
            return organism_in_words(text)
        found = word_of(concept, text) or off_text(concept, text)
        return text if found is None and not CONCEPTS[concept].word_aside else found

    def _count(self, events: pl.DataFrame, asked: pl.DataFrame) -> None:
        unknown = {(c, t): said for c, t in asked.iter_rows() if (said := _unknown(c, t)) is not None}
        if not unknown:
            return
        concept = pl.col("concept").cast(pl.String)
        theirs = events.filter(
            concept.is_in({c for c, _ in unknown}), pl.col("text").is_in({t for _, t in unknown})
        )
        for name, text, count, patients in (
            theirs.group_by(concept, "text")
            .agg(pl.len(), pl.col("patient").cast(pl.String).unique().head(_PATIENTS).alias("patients"))
            .iter_rows()
        ):
            if (name, text) in unknown:
                key = name, unknown[name, text].casefold()
                self._unknown[key] += count
                known = self._patients.setdefault(key, set())
                if len(known) < _PATIENTS:
                    known.update(patients)

    def read_places(self, stays: pl.DataFrame) -> None:
        """Counts the places of discharge that no list names."""
        left = stays.drop_nulls("discharged_to").group_by("discharged_to").agg("patient")
        for text, patients in left.iter_rows():
            if not kind_of_place(PLACES, text):
                key = "discharged_to", text.casefold()
                self._unknown[key] += len(patients)
                self._patients.setdefault(key, set()).update(patients[:100])

    def by_volume(self) -> dict[str, dict[str, int]]:
        """How often each unknown word came, by concept, the most frequent first; words of very few patients together."""
        told: dict[str, dict[str, int]] = {}
        ordered = sorted(self._unknown.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
        for number, ((concept, word), count) in enumerate(ordered):
            safe = len(self._patients[concept, word]) >= _PATIENTS and number < _KINDS
            here = told.setdefault(concept, {})
            here[word if safe else OTHERS] = here.get(word if safe else OTHERS, 0) + count
        return told


def _marked(events: pl.DataFrame, concept: str, why: Callable[[str], str]) -> pl.DataFrame:
    """The events with a reason where the text of a concept says that the row is none."""
    mine = pl.col("concept") == concept
    texts = events.select(pl.col("text").filter(mine).drop_nulls().unique()).to_series()
    reasons = {text: said for text in texts if (said := why(text))}
    if not reasons:
        return events
    said = pl.col(REASON) if REASON in events.columns else pl.lit(None, pl.String)
    wrong = mine & pl.col("text").is_in(list(reasons))
    reason = pl.col("text").replace_strict(reasons, default=None, return_dtype=pl.String)
    return events.with_columns(pl.when(wrong).then(reason).otherwise(said).alias(REASON))


def reasons_beside(rows: pl.DataFrame) -> pl.Series:
    """Why each number of rows of `concept`, `value`, `text` is not used by the text beside it; null where nothing says so.

    >>> reasons_beside(pl.DataFrame({"concept": "pao2", "value": 38.0, "text": ["venous", "<", None]})).to_list()
    ['not from arterial blood', None, None]
    """
    return _reasons(rows, why_no_value)


def reasons_by_comment(rows: pl.DataFrame) -> pl.Series:
    """Why each number of rows of `concept`, `text` is not used by a laboratory's comment; null where nothing says so.

    >>> reasons_by_comment(pl.DataFrame({"concept": "pao2", "text": ["NOT ARTERIAL BLOOD.", "VERIFIED.", None]})).to_list()
    ['not from arterial blood', None, None]
    """
    return _reasons(rows, why_not_by_comment)


def _reasons(rows: pl.DataFrame, why: Callable[..., str]) -> pl.Series:
    place, none = pl.int_range(pl.len()).alias("_place"), pl.Series(REASON, [None], pl.String)
    beside = rows.with_columns(place).filter(pl.col("text").is_not_null(), ~pl.col("text").is_in(LIMIT_SIGNS))
    beside = beside.cast({"concept": pl.String}).filter(pl.col("concept").is_in(sorted(MEASURES)))
    asked = beside.drop("_place").unique()
    table = [(*row, said) for row in asked.iter_rows() if (said := why(*row))]
    told = pl.DataFrame(table, schema={**asked.schema, REASON: pl.String}, orient="row")
    found = beside.join(told, on=asked.columns, nulls_equal=True)
    return none.new_from_index(0, rows.height).scatter(found["_place"], found[REASON])


def _marked_beside_numbers(events: pl.DataFrame) -> pl.DataFrame:
    """The events with a reason where the text beside a measured number says that it is none of the patient's."""
    if "value" not in events.columns:
        return events
    why = reasons_beside(events.select("concept", "value", "text"))
    if why.null_count() == events.height:
        return events
    said = pl.col(REASON) if REASON in events.columns else pl.lit(None, pl.String)
    return events.with_columns(pl.coalesce(why, said).alias(REASON))


def _not_there(concept: str) -> Callable[[str], str]:
    return lambda text: NOT_THERE if is_absent(concept, text) and off_text(concept, text) is None else ""


def _not_given(text: str) -> str:
    return why_dose_not_given(text)


def _unknown(concept: str, text: str) -> str | None:
    """What of a text no list has."""
    if CONCEPTS[concept].routed:
        return unknown_route(text)
    known = word_of(concept, text) or off_text(concept, text) or is_absent(concept, text)
    return None if known else text


def _replaced(events: pl.DataFrame, changed: list[tuple[str, str, str | None]]) -> pl.DataFrame:
    names = {"_concept": pl.String, "text": pl.String, "_word": pl.String}
    table = pl.DataFrame(changed, schema=names, orient="row").with_columns(_changed=True)
    keyed = events.with_columns(_concept=pl.col("concept").cast(pl.String))
    joined = keyed.join(table, on=["_concept", "text"], how="left", maintain_order="left")
    text = pl.when(pl.col("_changed")).then("_word").otherwise("text")
    return joined.with_columns(text=text).drop("_concept", "_word", "_changed")
