"""What shows each kind of mark of a course, for many stays; signs are read together in `findings.py`. Polars."""

import polars as pl

from opensepsis.data.intake.text_codes import kind_of_place
from opensepsis.engine.batch.finding_rows import StayFindings, in_span
from opensepsis.engine.batch.provenance import named
from opensepsis.engine.semantics.finding_codes import counts, rank
from opensepsis.engine.semantics.finding_reasons import (
    DEATH_NOT_KNOWN,
    NO_AGE,
    NO_CULTURE,
    NO_PLACE,
    NO_RESULT,
    NO_WEIGHT,
    STAYS,
    uncoded,
    unscored,
)
from opensepsis.engine.semantics.time import to_microseconds
from opensepsis.rules import (
    Aged,
    Criterion,
    Died,
    EarlierStay,
    Had,
    Kind,
    LaterStay,
    Narrowed,
    NothingGrew,
    PerWeight,
    Reached,
    Span,
    WentTo,
)


def answer(number: int, place: int, mark: Criterion, cases: StayFindings) -> None:
    """Takes in what shows a mark that is not a sign, and the stays of which it is not known."""
    match mark:
        case NothingGrew():
            _nothing_grew(number, place, mark, cases)
        case Reached(key=key):
            told, first = cases.reached[key].told, cases.reached[key].first
            cases.found(number, first.join(told, on="sid"))
            sids = cases.stays["sid"]
            cases.not_known(number, place, unscored(key), sids.filter(~sids.is_in(told["sid"].implode())))
        case PerWeight():
            _per_weight(number, place, mark, cases)
        case Narrowed():
            _narrowed(number, mark, cases)
        case LaterStay():
            _later_stay(number, place, mark, cases)
        case Had(phenotype=phenotype):
            episodes = cases.episodes[phenotype.name].explode("evidence").drop_nulls("evidence")
            cases.found(number, episodes.select("sid", "known", time="onset", origin="evidence"))
        case _:
            _of_stay(number, place, mark, cases)


def _of_stay(number: int, place: int, mark: Criterion, cases: StayFindings) -> None:
    """What the stays alone tell."""
    stays = cases.stays.with_columns(origin=pl.lit(STAYS))
    died_here = (pl.col("died") <= pl.col("discharged")).fill_null(False)
    if isinstance(mark, Died | WentTo):
        for kind, why in DEATH_NOT_KNOWN.items():
            untold = _place(stays, mark.places, kind) & stays["died"].is_null()
            cases.not_known(number, place, why, stays.filter(untold)["sid"])
            stays = stays.filter(~untold)
    match mark:
        case Aged(at_least=at_least, below=below):
            fits = stays.filter((pl.col("age") >= at_least) & (pl.col("age") < below))
            cases.found(number, fits.select("sid", "origin", time="admitted", known="admitted", value="age"))
            cases.not_known(number, place, NO_AGE, stays.filter(pl.col("age").is_null())["sid"])
        case EarlierStay(within=within):
            both = stays.join(cases.others, on="pid")
            since = pl.col("hospital_from") - pl.col("stop")
            both = both.filter(since.is_between(0, to_microseconds(within)))
            cases.found(number, both.select("sid", "origin", time="stop", known="stop"))
        case Died(in_stay=True, places=places, kind=kind):
            gone = died_here | _place(stays, places, kind)
            at = pl.when(died_here).then("died").otherwise("discharged")
            cases.found(number, stays.filter(gone).select("sid", "origin", time=at, known=at))
        case Died():
            later = stays.filter(pl.col("died").is_not_null() & ~died_here)
            cases.found(number, later.select("sid", "origin", time="died", known="died"))
        case WentTo(places=places, kind=kind):
            left = stays.filter(~died_here)
            went = left.filter(_place(left, places, kind))
            columns = {"time": "discharged", "known": "discharged", "text": "discharged_to"}
            cases.found(number, went.select("sid", "origin", **columns))
            cases.not_known(number, place, NO_PLACE, left.filter(pl.col("discharged_to").is_null())["sid"])
        case _:
            raise TypeError(f"no reading for {mark!r}")


def _place(stays: pl.DataFrame, places, kind: str) -> pl.Series:
    """Whether each stay ended with a departure to a place of this kind."""
    texts = stays["discharged_to"].drop_nulls().unique().to_list()
    mine = [text for text in texts if kind_of_place(places, text) == kind]
    return stays["discharged_to"].is_in(mine).fill_null(False)


def _nothing_grew(number: int, place: int, mark: NothingGrew, cases: StayFindings) -> None:
    name = mark.culture.name
    from_, to = cases.bounds(mark.span)
    rows = cases.patients.standing[name].join(cases.stays.select("sid", "pid", from_=from_, to=to), on="pid")
    rows = rows.filter(pl.col("time").is_between(pl.col("from_"), pl.col("to")))
    judged = rows.group_by("sid").agg(
        grown=(pl.col("value") > 0).any(),
        pending=pl.col("value").is_null().any(),
        all_known=pl.max_horizontal("time", "known").max(),
    )
    nothing = judged.filter(~pl.col("grown").fill_null(False), ~pl.col("pending"))
    hits = rows.drop("known").join(nothing.select("sid", known="all_known"), on="sid")
    cases.found(number, hits.select("sid", "time", "known", "text", origin=named(name)))
    waiting = judged.filter(~pl.col("grown").fill_null(False), pl.col("pending"))["sid"]
    cases.not_known(number, place, NO_RESULT, waiting)
    sids = cases.stays["sid"]
    cases.not_known(number, place, NO_CULTURE, sids.filter(~sids.is_in(judged["sid"].implode())))


def _per_weight(number: int, place: int, mark: PerWeight, cases: StayFindings) -> None:
    anchored = cases.stays.select("sid", "pid", "discharged", anchor=pl.coalesce("infection", "admitted"))
    since = pl.col("time") - pl.col("anchor")
    near = since.is_between(-to_microseconds(mark.before), to_microseconds(mark.after))
    amounts = cases.patients.frame(mark.amount.name).select("pid", "time", "value")
    amounts = anchored.join(amounts, on="pid").filter(near)
    totals = amounts.group_by("sid").agg(total=pl.col("value").sum()).filter(pl.col("total") > 0)
    given = anchored.join(totals, on="sid").sort("anchor")
    given = _weighed(given, cases.patients.frame(mark.weight.name))
    cases.not_known(number, place, NO_WEIGHT, given.filter(pl.col("weight").is_null())["sid"])
    # amounts are whole thousandths
    given = given.drop_nulls("weight").with_columns(dose=pl.col("total") / (pl.col("weight") * 1000.0))
    rows = cases.patients.measured[mark.amount.name].select("pid", "time", "known", "origin")
    rows = given.select("sid", "pid", "anchor", "dose").join(rows, on="pid").filter(near)
    known = pl.max_horizontal("time", "known")
    origin = named(mark.amount.name)
    cases.found(number, rows.select("sid", "time", known=known, origin=origin, value="dose"))


def _weighed(given: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """The last weight up to the anchor, else the first after it in the stay. `given` is sorted by anchor."""
    weights = weights.select("pid", "time", weight="value").sort("time")
    options = {"left_on": "anchor", "right_on": "time", "by": "pid", "check_sortedness": False}
    before = given.join_asof(weights, strategy="backward", coalesce=False, **options)
    after = given.join_asof(weights, strategy="forward", coalesce=False, **options)
    in_stay = pl.when(pl.col("time") <= pl.col("discharged")).then("weight")
    return given.with_columns(before["weight"].fill_null(after.select(in_stay).to_series()))


def _narrowed(number: int, mark: Narrowed, cases: StayFindings) -> None:
    reports = _events(mark.organism.name, mark.span, cases, lambda text: counts(mark.grown, text) or None)
    reported = reports.group_by("sid").agg(reported=pl.col("known").min())
    doses = _events(mark.drug.name, mark.span, cases, lambda text: rank(mark.spectrum, text))
    doses = doses.filter(pl.col("meant") > 0).join(reported, on="sid")
    broad = doses.filter(pl.col("meant") >= mark.broad_from)
    begun = broad.filter(pl.col("time") <= pl.col("reported")).select("sid").unique()
    narrow = doses.filter(pl.col("meant") < mark.broad_from, pl.col("time") > pl.col("reported"))
    narrow = narrow.join(begun, on="sid").sort("time")
    again = broad.select("sid", "time", again="time").sort("time")
    options = {"on": "time", "by": "sid", "strategy": "forward", "check_sortedness": False}
    narrow = narrow.join_asof(again, **options)
    wait = pl.col("again") - pl.col("time")
    lasting = narrow.filter((wait > to_microseconds(mark.for_at_least)).fill_null(True))
    first = lasting.filter(pl.col("time") == pl.col("time").min().over("sid"))
    cases.found(number, first.select("sid", "time", "known", "origin", "text"))


def _events(concept: str, span: Span, cases: StayFindings, meaning) -> pl.DataFrame:
    """The events of a concept in a span, with what their text means; those that mean nothing left out."""
    rows = cases.patients.standing[concept]
    pairs = [(text, meaning(text)) for text in rows["text"].unique().to_list()]
    told = pl.DataFrame(
        [(text, int(meant)) for text, meant in pairs if meant is not None],
        schema={"text": pl.String, "meant": pl.Int32},
        orient="row",
    )
    rows = rows.join(told, on="text", nulls_equal=True)
    return in_span(rows, concept, Kind.EVENT, span, cases)


def back(mark: LaterStay, cases: StayFindings) -> pl.DataFrame:
    """sid, pid, start and stop of the hospital stays soon after each stay."""
    both = cases.stays.select("sid", "pid", "hospital_to").join(cases.others, on="pid")
    after = pl.col("start") - pl.col("hospital_to")
    return both.filter(after.is_between(0, to_microseconds(mark.within))).select(
        "sid", "pid", "start", "stop"
    )


def _later_stay(number: int, place: int, mark: LaterStay, cases: StayFindings) -> None:
    name = mark.concept.name
    later = back(mark, cases)
    codes = cases.patients.standing[name].select("pid", "time", "text", "origin", "first_known")
    codes = later.join(codes, on="pid", how="left")
    inside = pl.col("time").is_between(pl.col("start"), pl.col("stop")).fill_null(False)
    coded = codes.group_by("sid", "start", "stop").agg(coded=inside.any())
    without = coded.filter(~pl.col("coded"))["sid"].unique()
    cases.not_known(number, place, uncoded(mark.concept.label), without)
    there = codes.filter(inside)
    texts = [text for text in there["text"].unique().to_list() if counts(mark.reading, text)]
    there = there.filter(pl.col("text").is_in(texts))
    there = there.with_columns(known=pl.max_horizontal("time", "first_known"), origin=named(name))
    cases.found(number, there.select("sid", "known", "origin", "text", time="start"))
