"""Drug exposures: what was given and what was ordered, told apart by the type concept of each row."""

from collections.abc import Iterator

import polars as pl

from opensepsis.data.decode.medications import is_rate
from opensepsis.data.intake.medicines import form_of, has_local_anaesthetic, local_form, taken_by_mouth
from opensepsis.data.intake.not_given import HELD, NOT_GIVEN_BY_ACTION, NOTHING, NOTHING_GIVEN, dose_action
from opensepsis.data.intake.text_codes import read_dose, route_of
from opensepsis.data.intake.value_columns import read_values
from opensepsis.data.schema import REASON
from opensepsis.data.sources.omop.answers import answers_of
from opensepsis.data.sources.omop.maps import ids_that_mean, read_map
from opensepsis.data.sources.omop.measurements import EVENTS, as_values
from opensepsis.data.sources.omop.medicines import LASTING, TABLE, drug_meanings, weights_needed
from opensepsis.data.sources.omop.rows import PRINTED, kept_rows
from opensepsis.data.sources.omop.used import keyed, used_codes
from opensepsis.data.sources.omop.vocabulary import vocabulary_of
from opensepsis.data.sources.pump_rates import per_kilogram
from opensepsis.data.sources.relational.tables import Tables
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.rules import Kind, Way

GIVEN, ORDERED, HOME = "given", "ordered", "home"
_VOLUMES = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.AMOUNT)
_DOSES = frozenset(c.name for c in CONCEPTS.values() if c.kind is Kind.EVENT)
_DAY_ONLY = "'drug_exposure_start_datetime' is a day without a time"
_COLUMNS = {
    "row_id": "drug_exposure_id", "day": "drug_exposure_start_date", "time": "drug_exposure_start_datetime",
    "end": "drug_exposure_end_datetime", "type_id": "drug_type_concept_id", "route_id": "route_concept_id",
    "route": "route_source_value", "quantity": "quantity", "unit": "dose_unit_source_value", "stopped": "stop_reason", "sig": "sig",
}  # fmt: skip


def drugs(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Doses, infusions and fluids that were given, and antibiotics that were ordered. A row that does not say which is an order."""
    if not tables.has(TABLE):
        return
    wanted = concepts | ({"antibiotic"} if "antibiotic_order" in concepts else frozenset())
    listed = drug_meanings(tables).filter(pl.col("concept").is_in(sorted(wanted))).with_row_index("line")
    if listed.is_empty():
        return
    weights = (
        _weights(tables)
        if listed["concept"].is_in(sorted(LASTING)).any() and weights_needed(tables)
        else None
    )
    routes, zeros = _routes(tables), _zeros_mean_nothing(tables)
    rows = keyed(tables, TABLE, "person_id", *_COLUMNS.values())
    keys = tables.lookup(listed.select("line", "standard", "source", "said"))
    found = rows.join(keys, ["standard", "source", "said"]).select("line", "person_id", **_COLUMNS)
    for batch in tables.stream(found, TABLE):
        whole = _not_given(_routed(_named(batch, listed), routes), zeros)
        for part in (_orders(whole), _doses(whole), _running(whole, weights), _volumes(whole)):
            asked = part.filter(pl.col("concept").is_in(sorted(concepts)))
            if asked.height:
                yield asked


def _named(batch: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    line = batch["line"].cast(pl.UInt32)
    means = read_map("drug_types").select(type_id="concept_id", means="means")
    rows = batch.with_columns(
        listed[name].gather(line).alias(name) for name in ("concept", "ingredient", "name")
    )
    rows = rows.join(means, on="type_id", how="left", maintain_order="left")
    day_only = pl.col("time").is_null() & pl.col("day").is_not_null()
    return rows.with_columns(
        pl.col("means").fill_null(ORDERED).replace("", ORDERED),
        origin=pl.format("{}/{}", pl.lit(TABLE), "row_id"),
        time=pl.coalesce("time", "day"),
        reason=pl.when(day_only).then(pl.lit(_DAY_ONLY)),
        value=pl.lit(None, pl.Float64),
        text=pl.lit(None, pl.String),
    )


def _zeros_mean_nothing(tables: Tables) -> bool:
    """Whether a quantity of 0 says that nothing was given: some converters write 0 in every row, for a quantity that they do not know."""

    def counted() -> pl.DataFrame:
        rows = tables.get(TABLE, "drug_type_concept_id", "quantity")
        given = rows.drug_type_concept_id.isin(ids_that_mean("drug_types", GIVEN))
        return tables.fetch(rows.filter(given, rows.quantity != 0).limit(1), TABLE)

    return tables.once(("quantities",), counted).height > 0


def _not_given(rows: pl.DataFrame, zeros: bool) -> pl.DataFrame:
    """A dose that was recorded as not given, held or of nothing has a reason; what ran may be stopped because it was held."""
    of_given = pl.col("means") == GIVEN
    runs = pl.col("concept").is_in(sorted(LASTING))
    actions = {
        said: dose_action(said) for name in ("stopped", "sig") for said in rows[name].drop_nulls().unique()
    }
    told = [
        pl.col(name).replace_strict(actions, default="", return_dtype=pl.String)
        for name in ("stopped", "sig")
    ]
    refused = pl.any_horizontal(said == NOTHING for said in told)
    held = pl.any_horizontal(said == HELD for said in told) & ~runs
    why = (
        pl.when(of_given & (refused | held)).then(pl.lit(NOT_GIVEN_BY_ACTION))
        .when(of_given & pl.lit(zeros) & (pl.col("quantity") == 0)).then(pl.lit(NOTHING_GIVEN))
    )  # fmt: skip
    return rows.with_columns(pl.coalesce(REASON, why).alias(REASON))


def _routes(tables: Tables) -> pl.DataFrame:
    """route_id and its name: of the list of routes, else of the vocabulary."""
    used, vocabulary = used_codes(tables, TABLE)["route_id"].unique().to_list(), vocabulary_of(tables)
    told = {number: concept.name for number, concept in vocabulary.concepts.items()}
    told |= dict(read_map("routes").select("concept_id", "route").iter_rows())
    rows = [(number, told[number]) for number in used if number in told]
    return pl.DataFrame(rows, schema={"route_id": pl.Int64, "listed_route": pl.String}, orient="row")


def _routed(rows: pl.DataFrame, routes: pl.DataFrame) -> pl.DataFrame:
    """`way`, the route of each dose in one word, and `runs_in`, whether it reaches the blood by a vein."""
    rows = rows.join(routes, on="route_id", how="left", maintain_order="left")
    asked = rows.select("name", "route", "listed_route", "sig").unique()
    table = [(*one, *_way(*one)) for one in asked.iter_rows()]
    names = dict.fromkeys(("name", "route", "listed_route", "sig", "way"), pl.String) | {
        "runs_in": pl.Boolean
    }
    found = pl.DataFrame(table, schema=names, orient="row")
    keys = ["name", "route", "listed_route", "sig"]
    return rows.join(found, on=keys, how="left", maintain_order="left", nulls_equal=True)


def _way(name: str, said: str | None, listed: str | None, sig: str | None) -> tuple[str, bool]:
    route = (
        local_form(name)
        or route_of(said or "")
        or route_of(listed or "")
        or listed
        or said
        or taken_by_mouth(name)
        or route_of(sig or "")
        or taken_by_mouth(sig or "")
    )
    by_vein = read_dose(f"|{route}").way in (None, Way.PARENTERAL)
    return route, by_vein and not form_of(name) and not has_local_anaesthetic(name)


def _dose_text() -> pl.Expr:
    return pl.format("{}|{}", pl.col("ingredient").fill_null(""), pl.col("way").fill_null(""))


def _orders(rows: pl.DataFrame) -> pl.DataFrame:
    asked = rows.filter(pl.col("means") == ORDERED, pl.col("concept") == "antibiotic")
    return asked.with_columns(concept=pl.lit("antibiotic_order"), text=_dose_text()).select(EVENTS)


def _doses(rows: pl.DataFrame) -> pl.DataFrame:
    given = rows.filter(pl.col("means") == GIVEN, pl.col("concept").is_in(sorted(_DOSES)))
    return given.with_columns(text=_dose_text()).select(EVENTS)


def _running(rows: pl.DataFrame, weights: pl.DataFrame | None) -> pl.DataFrame:
    """Infusions from start to end, with their rate where quantity and unit tell it; a push, without either, is over at once."""
    lasting = pl.col("concept").is_in(sorted(LASTING))
    runs = (pl.col("end") > pl.col("time")).fill_null(False)
    given = rows.filter(pl.col("means") == GIVEN, lasting, pl.col("runs_in"), runs)
    if given.is_empty() or weights is None:
        return given.select(*EVENTS, "end")
    rated = _rates(given)
    asked = rated.select("concept", "time", "unit", "value", patient="person_id")
    by_weight = per_kilogram(asked, weights)
    plain = read_values(rated.select("concept", "unit", "value"))
    usable = pl.Series(plain[REASON].is_null())
    rate = pl.select(pl.when(by_weight["weighed"]).then(by_weight["rate"]).when(usable).then(plain["value"]))
    text = pl.when(pl.col("concept") == "sedative").then("ingredient")
    return given.with_columns(value=rate.to_series(), text=text).select(*EVENTS, "end")


def _rates(given: pl.DataFrame) -> pl.DataFrame:
    """quantity and unit as a rate: an amount is spread over the time in which it ran."""
    units = given["unit"].unique().to_list()
    table = pl.DataFrame(
        [(unit, is_rate(unit)) for unit in units if unit],
        schema={"unit": pl.String, "rate": pl.Boolean},
        orient="row",
    )
    rows = given.join(table, on="unit", how="left", maintain_order="left")
    minutes = (pl.col("end") - pl.col("time")).dt.total_seconds(fractional=True) / 60
    of_time = ~pl.col("rate").fill_null(True)
    return rows.with_columns(
        value=pl.when(of_time).then(pl.col("quantity") / minutes).otherwise("quantity"),
        unit=pl.when(of_time).then(pl.format("{}/min", "unit")).otherwise("unit"),
    )


def _volumes(rows: pl.DataFrame) -> pl.DataFrame:
    """Fluids at the end of each bag, so that nothing counts before it is in."""
    given = rows.filter(
        pl.col("means") == GIVEN, pl.col("concept").is_in(sorted(_VOLUMES)), pl.col("runs_in")
    )
    read = read_values(given.select("concept", "unit", value="quantity"), unit_required=_VOLUMES)
    said = pl.Series("_said", read[REASON])
    return given.with_columns(
        read["value"], said, time=pl.coalesce("end", "time"), text=pl.lit("fluid")
    ).with_columns(reason=pl.coalesce(REASON, "_said")).select(EVENTS)  # fmt: skip


def _weights(tables: Tables) -> pl.DataFrame:
    """patient, time and weight in kg of every weight that can be."""
    found = [pl.DataFrame(schema={"patient": pl.Int64, "time": pl.Datetime("us"), "weight": pl.Float64})]
    for table in PRINTED:
        rows = kept_rows(tables, table, "weight") if table == "measurement" or tables.has(table) else None
        if rows is not None:
            read = as_values(rows, table, answers_of(tables, table)).filter(pl.col(REASON).is_null())
            found.append(read.select(patient="person_id", time="time", weight="value"))
    return pl.concat(found).drop_nulls()
