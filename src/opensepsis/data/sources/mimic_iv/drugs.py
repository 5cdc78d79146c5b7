"""Drugs given (emar) and ordered (prescriptions), found by their names."""

from collections.abc import Iterator

import ibis
import polars as pl

from opensepsis.data.sources.mimic_iv.maps import first_ingredient, names_no_systemic_use, read_map
from opensepsis.data.sources.relational.expressions import Query, coalesce
from opensepsis.data.sources.relational.tables import Tables

# concepts of the list of antimicrobials, by its groups
_GROUPS = {"antibiotic": "antibacterial", "antifungal": "antifungal", "antiviral": "antiviral"}
GIVEN = frozenset({*_GROUPS, "corticosteroid", "immunosuppressant", "insulin", "delirium_drug"})


def drugs(tables: Tables, concepts: frozenset[str]) -> Iterator[pl.DataFrame]:
    """Doses given and antibiotics ordered; text is `ingredient|route`, the route empty where the hospital gives none."""
    given = frozenset(concepts & GIVEN)
    if "antibiotic_order" in concepts:
        yield from tables.stream(ordered(tables), "prescriptions")
    if given:
        yield from tables.stream(_administered(tables, given), "emar")


def meanings(names: list[str], concepts: frozenset[str]) -> pl.DataFrame:
    """Which concept and ingredient each drug name stands for; names of creams, drops and locks stand for none."""
    patterns = _patterns(concepts)
    rows = [
        (name, concept, ingredient)
        for name in names
        if name and not names_no_systemic_use(name)
        for concept, listed in patterns.items()
        if (ingredient := first_ingredient(name, listed))
    ]
    return pl.DataFrame(
        rows, schema={"name": pl.String, "concept": pl.String, "ingredient": pl.String}, orient="row"
    )


def _patterns(concepts: frozenset[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    other = read_map("drugs")
    found = {
        c: _pairs(other.filter(pl.col("concept") == c))
        for c in sorted(concepts)
        if c in set(other["concept"])
    }
    for concept in sorted(concepts & _GROUPS.keys()):
        found[concept] = _pairs(read_map("antibiotics").filter(pl.col("group") == _GROUPS[concept]))
    return found


def _pairs(listed: pl.DataFrame) -> tuple[tuple[str, str], ...]:
    return tuple(listed.select("pattern", "ingredient").iter_rows())


def ordered(tables: Tables) -> Query:
    names = tables.names("prescriptions", "drug")["name"].to_list()
    meant = meanings(names, frozenset({"antibiotic"})).select("name", "ingredient")
    orders = tables.get(
        "prescriptions", "subject_id", "pharmacy_id", "starttime", "drug_type", "drug", "route"
    )
    rows = _named(tables, orders, "drug", meant)
    rows = _with_route(tables, rows.filter(rows.starttime.notnull()), "route")
    return rows.select(
        "subject_id",
        concept=ibis.literal("antibiotic_order"),
        time="starttime",
        text=rows.ingredient + "|" + rows.route_text,
        origin=ibis.literal("prescriptions/") + coalesce(rows.pharmacy_id.cast("string"), ""),
    )


def _administered(tables: Tables, concepts: frozenset[str]) -> Query:
    names = tables.names("emar", "medication")["name"].to_list()
    columns = ("subject_id", "emar_id", "pharmacy_id", "charttime", "storetime", "medication", "event_txt")
    doses = tables.get("emar", *columns)
    events = tables.lookup(read_map("emar_events").filter(pl.col("given")).select(event_txt="event"))
    rows = _named(tables, doses, "medication", meanings(names, concepts)).semi_join(events, "event_txt")
    rows = rows.select(
        "subject_id", "emar_id", "pharmacy_id", "charttime", "storetime", "concept", "ingredient"
    )
    rows = _with_route(tables, _routed(tables, tables.keep(rows, "emar")), "route")
    return rows.select(
        "subject_id",
        "concept",
        time="charttime",
        known="storetime",
        text=rows.ingredient + "|" + rows.route_text,
        origin=ibis.literal("emar/") + rows.emar_id,
    )


def _routed(tables: Tables, doses: Query) -> Query:
    """The route of each dose: as charted with it, else as ordered."""
    details = tables.get("emar_detail", "emar_id", "route")
    charted = details.filter(details.route.notnull()).semi_join(doses, "emar_id")
    charted = charted.group_by("emar_id").aggregate(charted_route=charted.route.max())
    orders = tables.get("prescriptions", "pharmacy_id", "route")
    ordered = orders.filter(orders.route.notnull()).semi_join(doses, "pharmacy_id")
    ordered = ordered.group_by("pharmacy_id").aggregate(ordered_route=ordered.route.max())
    rows = doses.left_join(charted, "emar_id").drop("emar_id_right").left_join(ordered, "pharmacy_id")
    return rows.mutate(route=coalesce(rows.charted_route, rows.ordered_route))


def _named(tables: Tables, rows: Query, column: str, meant: pl.DataFrame) -> Query:
    return rows.join(tables.lookup(meant.rename({"name": column})), column)


def _with_route(tables: Tables, rows: Query, column: str) -> Query:
    """The rows whose route reaches the blood, or is not said; a route that the list does not hold keeps its own name."""
    routes = read_map("routes").select(
        route_said=pl.col("route").str.to_uppercase(), route_known="text", systemic="systemic"
    )
    said = rows.mutate(route_said=coalesce(rows[column], "").strip().upper())
    joined = said.left_join(tables.lookup(routes.unique("route_said")), "route_said")
    kept = joined.filter(coalesce(joined.systemic, True))
    return kept.mutate(route_text=coalesce(kept.route_known, kept.route_said))
