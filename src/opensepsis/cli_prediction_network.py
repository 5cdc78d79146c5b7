"""The command `opensepsis predict second-opinion`: a small network beside the trees, and how it comes to stand on the page."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opensepsis.cli_output import err_console, out_console
from opensepsis.cli_prediction_hospitals import Foreseen, named_hospitals

if TYPE_CHECKING:
    from opensepsis.uses.predict.judged_rows import Rows


def second_opinion(
    timelines: Annotated[list[str], typer.Argument(help="Timelines to learn from, as for `predict train`.")],
    out: Annotated[Path, typer.Option(help="Folder for the network.")],
    definition: Annotated[str | None, typer.Option(help="Phenotype whose onset is predicted.")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Instead of a definition: a table of hourly labels.")
    ] = None,
    horizon: Annotated[
        float, typer.Option(help="Hours ahead within which the onset makes an hour positive.")
    ] = 6,
    gap: Annotated[
        float,
        typer.Option(help="Hours after the prediction time that are ignored before the horizon begins."),
    ] = 0,
    stay_kind: Annotated[
        str, typer.Option(help="Kind of stay: icu, hospital, emergency or observation.")
    ] = "icu",
    rounds: Annotated[int, typer.Option(min=1, help="Number of passes over all stays (epochs).")] = 6,
    seed: Annotated[
        int, typer.Option(help="Random seed for the initial weights and the order of stays.")
    ] = 0,
    threads: Annotated[int, typer.Option(help="Processor cores to use.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Train a second opinion: a small recurrent network (extra `torch`) on values, what was measured, and the age of each value.

    `predict evaluate --second-opinion` shows it beside a model, on patients that it was not trained on; it never raises alerts.
    """
    from opensepsis.uses.predict.data import pooled
    from opensepsis.uses.predict.network import learn, torch, write_network

    torch()  # told before hospitals are read
    named = named_hospitals(timelines)
    foreseen = Foreseen(definition, labels, horizon, gap, stay_kind)
    cohort = pooled([foreseen.cohort(name, folder) for name, folder in named.items()])
    say = (
        (lambda words: None)
        if quiet
        else (lambda words: err_console.print(words, markup=False, highlight=False))
    )
    written = write_network(learn(cohort, seed, threads, rounds, say), out, list(named.values()))
    if not quiet:
        out_console.print(f"Second opinion written to {written}. Not a medical device.", markup=False)


def with_second_opinion(rows: "Rows", folder: Path, threads: int) -> "Rows":
    """The rows with what the network says of them, by itself and in the mean with the model's log odds."""
    import numpy as np

    from opensepsis.uses.predict.network import NAME, check_not_learned_from, log_odds, read_network

    network = read_network(folder)
    check_not_learned_from(network, rows.cohort)
    told = log_odds(network, rows.cohort.grid, threads)
    risk = np.clip(rows.scored.risk, 1e-9, 1 - 1e-9)
    beside = {NAME: told, f"mean of model and {NAME}": told + np.log(risk / (1 - risk))}
    return replace(rows, scored=replace(rows.scored, beside={**rows.scored.beside, **beside}))
