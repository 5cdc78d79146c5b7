"""The page of a stay: one HTML file that loads nothing and sends nothing."""

import json
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

from opensepsis.data.io.paths import as_path
from opensepsis.errors import OutputError
from opensepsis.uses.label.labels import Labels
from opensepsis.uses.label.show.view import file_name_of, view

HEIGHT_IN_NOTEBOOK = 720


@dataclass(frozen=True, repr=False)
class StayPage:
    """The page of one stay, which shows itself in a notebook; `html` is the whole page as text."""

    stay: str
    html: str

    def __repr__(self) -> str:
        return f"<page of a stay, {len(self.html):,} characters; .write(file) keeps it>"

    def _repr_html_(self) -> str:
        frame = f'style="width:100%;height:{HEIGHT_IN_NOTEBOOK}px;border:0" sandbox="allow-scripts"'
        return f'<iframe {frame} title="One stay" srcdoc="{escape(self.html, quote=True)}"></iframe>'

    def write(self, file: str | Path | None = None) -> Path:
        """Writes the page, by default as `stay-NAME.html` in the working folder. OutputError where that cannot be."""
        path = file_name_of(self.stay) if file is None else as_path(file)
        try:
            path.write_text(self.html, encoding="utf-8")
        except OSError as problem:
            raise OutputError(f"{path} cannot be written: {problem.strerror}. Name another file.") from None
        return path


def show_stay(labels: Labels, stay: str) -> StayPage:
    """One stay as a page: plots, treatments, scores by organ, episodes and care bundles on one time axis.

    Every mark says its value, unit, time, when it was known and where it came from; the slider shows the table of a score at that
    hour with the deciding cells, and what was known then. StayError: no such stay. MissingError: the events are gone.

    >>> import opensepsis
    >>> labels = opensepsis.label("csv", "examples/hospital", definitions="qsofa")
    >>> labels.show("S01").html.startswith("<!doctype html>")
    True
    """
    part = {
        name: (files("opensepsis.uses.label.show") / f"page.{name}").read_text("utf-8")
        for name in ("html", "css", "js")
    }
    data = json.dumps(view(labels, stay), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    html = part["html"].replace("/*css*/", part["css"]).replace("/*js*/", part["js"])
    return StayPage(stay, html.replace("/*data*/", _harmless(data)))


def _harmless(data: str) -> str:
    """JSON that ends no script element, whatever a ward or a drug is called.

    >>> _harmless('{"ward": "</script>"}')
    '{"ward": "\\\\u003c/script>"}'
    """
    return data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
