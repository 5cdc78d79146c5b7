"""A whole page of sections as HTML that loads nothing and follows the reader's light and dark."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from opensepsis.uses.pages.section import Section, section_html


@dataclass(frozen=True)
class Link:
    """A place to go from the top of a page; `here` is the page itself."""

    address: str
    words: str
    here: bool = False


def document(
    title: str,
    about: str,
    sections: Iterable[Section],
    foot: str,
    kind: str,
    links: Iterable[Link] = (),
    csv: bool = False,
) -> str:
    """The page as HTML text; `kind` stands above its title, and with `csv` each section leads to its file in `data/`."""
    style, template = (
        (files("opensepsis.uses.pages") / name).read_text("utf-8") for name in ("page.css", "page.html")
    )
    places = "".join(
        f'<li><a href="{escape(one.address, quote=True)}"{" aria-current=page" if one.here else ""}>{escape(one.words)}</a></li>'
        for one in links
    )
    filled = {
        "css": style,
        "kind": escape(kind),
        "title": escape(title),
        "about": escape(about),
        "links": f'<nav aria-label="Pages and parts"><ul>{places}</ul></nav>' if places else "",
        "sections": "".join(section_html(section, csv) for section in sections)
        or "<p>These results hold nothing for this page.</p>",
        "foot": escape(foot),
    }
    for name, text in filled.items():
        template = template.replace(f"<!--{name}-->", text)
    return template
