"""Shows the examples of docstrings as code on the documentation site."""

import re

import griffe


class FenceDoctests(griffe.Extension):
    """Puts each doctest of a docstring in a fence of its own."""

    def on_instance(self, *, obj, **_):
        """Called for every function and class that is read."""
        if obj.docstring:
            text = obj.docstring.value
            obj.docstring.value = re.sub(r"(?m)^>>> (?:.*\n?)(?:(?!\n).+\n?)*", _fenced, text)


def _fenced(example: re.Match) -> str:
    return f"```pycon\n{example[0].rstrip()}\n```\n"
