"""What the `csv` source took for granted: counted for each file, so that the counts of parts can be added, and told in words."""

from collections.abc import Collection, Mapping

from opensepsis.counted import counted

Tally = Mapping[str, int]  # how often what was taken for granted
NOT_READ = "column:"  # before the name of a column


def notes_of(stays: Tally, events: Collection[tuple[str, Tally]]) -> list[str]:
    """The notes on the stays and on files with events, each by its name, in words.

    >>> notes_of({"above 89": 1}, [("events.csv", {"known is time": 2})])
    ['age above 89 taken as 90 for 1 stay', 'known equals time for 2 events']
    """
    named = len(events) > 1
    of_files = (f"{file}: {note}" if named else note for file, of in events for note in _notes(of))
    return [*_notes(stays), *of_files]


def _notes(tally: Tally) -> list[str]:
    twice, never = tally.get("times twice", 0), tally.get("times never", 0)
    told = {
        "above 89": lambda n: f"age above 89 taken as 90 for {counted(n, 'stay')}",
        "known is time": lambda n: f"known equals time for {counted(n, 'event')}",
        "no origin": lambda _: "no origin: no event corrects another, and results name no rows of the source",
        "shared origins": lambda n: f"origins of several events: {n:,}; evidence cannot tell those apart",
        "no units": lambda _: "no units given: values are in each concept's own unit",
        "percent": lambda n: f"fio2 given as 21 to 100 was read as percent for {counted(n, 'event')}",
        "weighed": lambda n: f"rates of {counted(n, 'infusion')} were converted with the weight charted last",
        "unread": lambda n: f"results of {counted(n, 'culture')} are in words that no list has: not known",
        "clocks": lambda _: (
            f"change of clocks: {counted(twice, 'time that happens', 'times that happen')} twice, "
            f"{never:,} that never {'happens' if never == 1 else 'happen'}"
        ),
        "comments": lambda n: f"lines that begin with # were left out as comments: {n:,}",
    }
    counts = {**tally, "clocks": twice + never}
    ignored = [
        f"column not read: {name.removeprefix(NOT_READ)}" for name in tally if name.startswith(NOT_READ)
    ]
    return ignored + [words(counts[what]) for what, words in told.items() if counts.get(what)]
