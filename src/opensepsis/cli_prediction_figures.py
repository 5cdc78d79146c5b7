"""How `opensepsis predict` prints what it found."""

from opensepsis.cli_output import out_console


def print_figures(title: str, found: dict) -> None:
    """Prints the main figures of an evaluation as a table."""
    from rich.table import Table

    table = Table(title=title)
    for column in ("figure", "model", "95 %", "clock alone"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    ours, clock = found["discrimination"][0], found["discrimination"][-1]
    areas = {
        "auroc": "AUROC, all hours",
        "hour_matched": "AUROC, within the hour",
        "hour_paired": "AUROC, within the hour, of all pairs",
    }
    for name, words in areas.items():
        table.add_row(
            words,
            in_three_digits(ours[name]),
            in_interval(ours[f"{name}_low"], ours[f"{name}_high"]),
            in_three_digits(clock[name]),
        )
    for name, one in found["utility"].items():
        told = one["model"]
        table.add_row(
            f"utility, {name}",
            in_three_digits(told["value"]),
            in_interval(told["low"], told["high"]),
            in_three_digits(one["clock alone"]["value"]),
        )
    for one in found["alarms"]:
        for figure in ("recall", "precision"):
            told = one[figure]
            table.add_row(
                f"{figure}, {one['budget']:.0%} of hours",
                in_three_digits(told["value"]),
                in_interval(told["low"], told["high"]),
                "",
            )
    out_console.print(table)


def in_three_digits(number: float | None) -> str:
    """A figure as the tables of `predict` have it.

    >>> in_three_digits(0.5), in_three_digits(None)
    ('0.500', '–')
    """
    return "–" if number is None or number != number else f"{number:.3f}"


def in_interval(low: float | None, high: float | None) -> str:
    """Both ends of an interval."""
    return f"{in_three_digits(low)} to {in_three_digits(high)}"
