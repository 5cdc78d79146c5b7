"""The commands of `opensepsis predict`: train, adapt, evaluate, score, gate and watch a model that foresees sepsis."""

import json
from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_answers import NOTICED
from opensepsis.cli_output import err_console, out_console
from opensepsis.cli_prediction_figures import in_interval, in_three_digits, print_figures
from opensepsis.cli_prediction_hospitals import Foreseen, named_hospitals, read_hospitals, timeline_in
from opensepsis.cli_prediction_network import second_opinion as network_command
from opensepsis.cli_prediction_network import with_second_opinion
from opensepsis.counted import counted
from opensepsis.errors import DefinitionError

predict = typer.Typer(
    no_args_is_help=True,
    help="Predict sepsis hours ahead: train, evaluate and serve a model. For research and teaching; not a medical device.",
)

Hospitals = Annotated[
    list[str],
    typer.Argument(
        help="Timelines (or results of `opensepsis label`), one for each hospital, each as NAME=FOLDER or FOLDER."
    ),
]
OneTimeline = Annotated[str, typer.Argument(help="Timeline of the hospital, as NAME=FOLDER or FOLDER.")]
ModelFolder = Annotated[Path, typer.Argument(help="Folder of a model that `opensepsis predict train` wrote.")]
Definition = Annotated[str | None, typer.Option(help="Phenotype whose onset is predicted, such as sepsis3.")]
LabelTable = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        help="Instead of a definition: a table of hourly labels (stay, hour, label; or patient_id, ICULOS, SepsisLabel), a file or folder.",
    ),
]
Horizon = Annotated[float, typer.Option(help="Hours ahead within which the onset makes an hour positive.")]
Gap = Annotated[
    float, typer.Option(help="Hours after the prediction time that are ignored before the horizon begins.")
]
StayKind = Annotated[str, typer.Option(help="Kind of stay: icu, hospital, emergency or observation.")]
Threads = Annotated[int, typer.Option(help="Processor cores to use.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


@predict.command()
def train(
    timelines: Hospitals,
    out: Annotated[Path, typer.Option(help="Folder for the model; an earlier model there is replaced.")],
    definition: Definition = None,
    labels: LabelTable = None,
    profile: Annotated[
        str,
        typer.Option(
            help="portable: small trees without features of measurement frequency; local: all features, for the hospitals it is trained on."
        ),
    ] = "portable",
    horizon: Horizon = 6,
    gap: Gap = 0,
    stay_kind: StayKind = "icu",
    hold_out: Annotated[
        str | None,
        typer.Option(help="Hospital left out of training; the model is evaluated on it at the end."),
    ] = None,
    with_ablation: Annotated[
        bool,
        typer.Option(
            "--ablation",
            help="Also train on single groups of features, to show which of them the score depends on.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Random seed for the folds.")] = 0,
    threads: Threads = 2,
    quiet: Quiet = False,
) -> None:
    """Train a model, cross-fitted by patient: calibration, thresholds and the promised precision are out of fold."""
    from dataclasses import replace

    from opensepsis.uses import predict as use
    from opensepsis.uses.predict.ablation import ablation
    from opensepsis.uses.predict.data import pooled
    from opensepsis.uses.predict.judged_rows import prepared

    named = named_hospitals(timelines)
    if hold_out is not None and (hold_out not in named or len(named) == 1):
        raise DefinitionError(
            f"'{hold_out}' cannot be held out: the hospitals are {', '.join(named)}, and at least one must be left for training."
        )
    foreseen = Foreseen(definition, labels, horizon, gap, stay_kind)
    cohorts = {name: foreseen.cohort(name, folder) for name, folder in named.items()}
    learned = pooled([cohort for name, cohort in cohorts.items() if name != hold_out])
    say = (lambda words: None) if quiet else _progress
    trained = use.train(learned, profile, seed=seed, threads=threads, say=say)
    model = trained.model
    if with_ablation:
        model = replace(model, about={**model.about, "ablation": ablation(learned, trained.folds, threads)})
    written = use.write_model(model, out, list(named.values()))
    if quiet:
        return
    rows = prepared(use.read_model(out), learned, trained.folds, threads=threads)
    print_figures("On the patients of the training, each judged by other folds", use.evaluate(rows))
    if hold_out is not None:
        rows = prepared(use.read_model(out), cohorts[hold_out], threads=threads)
        print_figures(f"On {hold_out}, which was not learned from", use.evaluate(rows))
    out_console.print(f"Model written to {written}. Not a medical device.", markup=False)


@predict.command()
def adapt(
    model: ModelFolder,
    timeline: OneTimeline,
    out: Annotated[Path, typer.Option(help="Folder for the adapted model.")],
    definition: Definition = None,
    labels: LabelTable = None,
    share: Annotated[
        float,
        typer.Option(
            help="Share of the hospital's patients used for adaptation; the others are used for evaluation."
        ),
    ] = 0.1,
    horizon: Horizon = 6,
    gap: Gap = 0,
    stay_kind: StayKind = "icu",
    seed: Annotated[int, typer.Option(help="Random seed for sampling patients.")] = 0,
    threads: Threads = 2,
    quiet: Quiet = False,
) -> None:
    """Adapt a model to another hospital with a sample of its patients; calibration and thresholds are refitted there."""
    import numpy as np

    from opensepsis.uses import predict as use
    from opensepsis.uses.predict.judged_rows import prepared
    from opensepsis.uses.predict.score import check_inputs
    from opensepsis.uses.predict.splits import patient_folds

    if not 0 < share <= 1:
        raise typer.BadParameter("--share must be above 0 and at most 1, such as 0.1.")
    base = use.read_model(model)
    name, folder = next(iter(named_hospitals([timeline]).items()))
    cohort = Foreseen(definition, labels, horizon, gap, stay_kind).cohort(name, folder)
    check_inputs(base, cohort.grid)
    mine = patient_folds(cohort.patients, cohort.strata, max(round(1 / share), 1), seed) == 0
    say = (lambda words: None) if quiet else _progress
    trained = use.train(
        cohort.of_stays(np.flatnonzero(mine)), "adapted", base=base, seed=seed, threads=threads, say=say
    )
    use.write_model(trained.model, out, [folder, model])
    if not quiet and not mine.all():
        rest = cohort.of_stays(np.flatnonzero(~mine))
        print_figures(
            f"On the other patients of {name}",
            use.evaluate(prepared(use.read_model(out), rest, threads=threads)),
        )
    out_console.print(f"Model written to {out}. Not a medical device.", markup=False)


@predict.command()
def evaluate(
    model: ModelFolder,
    timelines: Hospitals,
    out: Annotated[Path, typer.Option(help="Folder for the page (index.html) and evaluation.json.")],
    definition: Definition = None,
    labels: LabelTable = None,
    true_onsets: Annotated[
        Path | None,
        typer.Option(
            help="Table of true onsets (patient, onset), as in truth/patients of `simulate`; adds the lead time before them to the page."
        ),
    ] = None,
    second_opinion: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a network that `predict second-opinion` trained on other patients; its results are shown beside the model's."
        ),
    ] = None,
    horizon: Horizon = 6,
    gap: Gap = 0,
    stay_kind: StayKind = "icu",
    threads: Threads = 2,
    quiet: Quiet = False,
) -> None:
    """Evaluate a model: one HTML page and JSON. Patients of its training data are scored out of fold."""
    from dataclasses import replace

    from opensepsis.data.io.atomic import whole_folder
    from opensepsis.uses import predict as use
    from opensepsis.uses.predict.evaluate import without_nan
    from opensepsis.uses.predict.true_onset import read_true_onsets
    from opensepsis.uses.predict.true_onset import true_onsets as onsets_of

    read = use.read_model(model)
    named = named_hospitals(timelines)
    hospitals = read_hospitals(named, Foreseen(definition, labels, horizon, gap, stay_kind))
    rows = hospitals.judged_by(read, threads)
    if true_onsets is not None:
        rows = replace(rows, true_onset=onsets_of(read_true_onsets(true_onsets), rows.cohort.grid))
    if second_opinion is not None:
        rows = with_second_opinion(rows, second_opinion, threads)
    found = without_nan(use.evaluate(rows))
    from opensepsis.report.prediction import prediction_page

    page = prediction_page(read.about, found)
    with whole_folder(out, "evaluation.json", [model, *named.values()]) as folder:
        (folder / "index.html").write_text(page, encoding="utf-8")
        (folder / "evaluation.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if not quiet:
        print_figures("On " + ", ".join(named), found)
        out_console.print(f"Page written to {out / 'index.html'}.", markup=False)


@predict.command()
def score(
    model: ModelFolder,
    timeline: OneTimeline,
    out: Annotated[Path, typer.Option(help="Parquet or CSV file for the scores.")],
    budget: Annotated[
        float, typer.Option(help="Share of hours above the threshold: 0.01, 0.02 or 0.05.")
    ] = 0.02,
    stay_kind: StayKind = "icu",
    threads: Threads = 2,
) -> None:
    """Score every hour of a timeline: risk, whether the model abstains and why, and the reasons for high scores in clinical terms."""
    from opensepsis.data.results import write_flat_csv
    from opensepsis.data.timeline.timeline import read_timeline
    from opensepsis.uses import predict as use
    from opensepsis.uses.predict.alarms import BUDGETS
    from opensepsis.uses.predict.grid import read_grid
    from opensepsis.uses.predict.outputs import score_table

    if budget not in BUDGETS:
        raise typer.BadParameter(f"--budget must be one of {', '.join(map(str, BUDGETS))}.")
    read = use.read_model(model)
    name, folder = next(iter(named_hospitals([timeline]).items()))
    grid = read_grid(read_timeline(timeline_in(folder)), read.inputs, name, stay_kind)
    table = score_table(read, grid, budget, threads)
    if out.suffix == ".csv":
        write_flat_csv(table, out)
    else:
        table.write_parquet(out)
    out_console.print(
        f"{counted(table.height, 'hour')} of {counted(grid.stays.height, 'stay')} scored, "
        f"{table['above'].sum():,} above the threshold. Written to {out}.",
        markup=False,
    )


@predict.command()
def gate(
    old: Annotated[Path, typer.Argument(help="Folder of the model in use.")],
    new: Annotated[Path, typer.Argument(help="Folder of the candidate model.")],
    timelines: Hospitals,
    definition: Definition = None,
    labels: LabelTable = None,
    margin: Annotated[
        float,
        typer.Option(help="Tolerated loss in each figure; smaller differences are attributed to chance."),
    ] = 0.02,
    horizon: Horizon = 6,
    gap: Gap = 0,
    stay_kind: StayKind = "icu",
    threads: Threads = 2,
) -> None:
    """Release gate: compare a new model with the current one; exits with code 8 if the new one is worse where it counts."""
    from rich.table import Table

    from opensepsis.uses import predict as use
    from opensepsis.uses.predict.gate import gate as compared

    models = [use.read_model(folder) for folder in (old, new)]
    hospitals = read_hospitals(
        named_hospitals(timelines), Foreseen(definition, labels, horizon, gap, stay_kind)
    )
    found = compared(*(hospitals.judged_by(model, threads) for model in models), margin=margin)
    table = Table(title="The new model against the old")
    for column in ("figure", "old", "new", "difference, 95 %", ""):
        table.add_column(column, justify="left" if column in ("figure", "") else "right")
    for one in found:
        table.add_row(
            one.figure,
            in_three_digits(one.old),
            in_three_digits(one.new),
            in_interval(one.low, one.high),
            "worse" if one.worse else "",
        )
    out_console.print(table)
    if any(one.worse for one in found):
        raise typer.Exit(NOTICED)


@predict.command()
def watch(
    model: ModelFolder,
    timeline: OneTimeline,
    out: Annotated[Path | None, typer.Option(help="CSV file for the numbers of every week.")] = None,
    definition: Definition = None,
    labels: LabelTable = None,
    reference_weeks: Annotated[
        int, typer.Option(help="Number of initial weeks with which later ones are compared.")
    ] = 8,
    horizon: Horizon = 6,
    gap: Gap = 0,
    stay_kind: StayKind = "icu",
    threads: Threads = 2,
) -> None:
    """Monitor for drift from week to week in the data and the scores; exits with code 8 if there is any notice."""
    from opensepsis.data.timeline.timeline import read_timeline
    from opensepsis.uses import predict as use
    from opensepsis.uses.predict.grid import read_grid
    from opensepsis.uses.predict.score import score_grid
    from opensepsis.uses.predict.watch import watch as run

    read = use.read_model(model)
    name, folder = next(iter(named_hospitals([timeline]).items()))
    grid, told = read_grid(read_timeline(timeline_in(folder)), read.inputs, name, stay_kind), None
    if definition is not None or labels is not None:
        told = Foreseen(definition, labels, horizon, gap, stay_kind).labels_of(grid, folder)
    found = run(read, grid, score_grid(read, grid, threads), told, reference_weeks)
    if out is not None:
        found.weeks.write_csv(out)
    for row in found.notices.iter_rows(named=True):
        err_console.print(
            f"week of {row['begins']:%Y-%m-%d}: {row['words']} ({row['mean']:.3g}, usually {row['usual']:.3g})",
            markup=False, highlight=False,
        )  # fmt: skip
    out_console.print(f"{counted(found.notices.height, 'notice')}.", markup=False)
    if found.notices.height:
        raise typer.Exit(NOTICED)


def _progress(words: str) -> None:
    err_console.print(words, markup=False, highlight=False)


predict.command("second-opinion")(network_command)
