"""Earlier names of options: they work for one version, with a warning."""

import sys


def renamed_option(earlier: str, given: object, now: str, value):
    """The value of an option, of its earlier name where that was given; then a line on stderr says so.

    >>> renamed_option("--only", None, "--definitions", "sofa")
    'sofa'
    """
    if given is None or given == []:
        return value
    print(
        f"Warning: {earlier} is now called {now}; the earlier name will be removed in the next version.",
        file=sys.stderr,
    )
    return given
