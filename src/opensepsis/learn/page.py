"""The learner's page: one HTML file with plain pages about sepsis and the game, in every language there is a text file for."""

import base64
import csv
import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from opensepsis.data.io.paths import as_path
from opensepsis.errors import DefinitionError, OutputError, nearest
from opensepsis.learn.translate import body_script, numbers_script, parameters_version

SCRIPTS = (
    "randomness",
    "patients",
    "course",
    "cases",
    "words",
    "draw",
    "chain",
    "twins",
    "why",
    "rescue",
    "afterwards",
    "pages",
)
TREATMENTS = ("antibiotic", "fluid", "pressor", "oxygen", "operation")
CASES = ("hangnail", "pneumonia", "kidney", "bowel", "mother")
ORGANS = ("lung", "heart", "kidney", "liver", "brain", "marrow")
BOARD = (
    "heart_rate", "mean_pressure", "respiratory_rate", "spo2", "temperature", "consciousness", "urine_output", "lactate",
    "creatinine", "platelets", "bilirubin", "culture",
)  # fmt: skip
USUAL_NUMBER = "112"
INDEX = "index.html"


@dataclass(frozen=True)
class Statement:
    """One sentence of the pages: where it stands, how it is shown, and the source it rests on."""

    id: str
    page: str
    section: str
    kind: str
    source: str


@dataclass(frozen=True)
class Source:
    """Where a sentence comes from. `checked` says what of it was read: original, abstract, copy or memory."""

    title: str
    date: str
    checked: str
    address: str


@cache
def statements() -> tuple[Statement, ...]:
    """Every sentence of the pages, in their order.

    >>> statements()[0].id
    'call-now'
    """
    return tuple(Statement(**row) for row in _table("statements.csv"))


@cache
def sources() -> dict[str, Source]:
    """Every source by its name.

    >>> sources()["bauer"].date
    '2020'
    """
    return {row.pop("source"): Source(**row) for row in _table("sources.csv")}


@cache
def texts() -> dict[str, dict[str, dict[str, str]]]:
    """The texts of each language by its code; the parts are statement, heading, page and ui.

    >>> list(texts())
    ['en', 'de']
    """
    found = [one.name for one in _here("texts").iterdir() if one.name.endswith(".toml")]
    found.sort(key=lambda name: (name != "en.toml", name))
    return {
        name.removesuffix(".toml"): tomllib.loads(_here("texts", name).read_text("utf-8")) for name in found
    }


def learners_page(language: str = "en", number: str = USUAL_NUMBER) -> str:
    """The page as HTML text, which asks nothing of a network: it opens from a file, on a phone too.

    `language` is the one it opens in, `number` the emergency number until the reader sets another. DefinitionError: no such language, or
    a number that is not made of digits.

    >>> "<title>" in learners_page("de", "112")
    True
    """
    if language not in texts():
        raise DefinitionError(f"There is no text in '{language}'. {nearest(language, texts())}")
    if not (number.isascii() and number.isdigit() and len(number) <= 8):
        raise DefinitionError("The emergency number must be of 1 to 8 digits, such as 112, 999 or 911.")
    script = _script()
    filled = {
        "css": _here("static", "page.css").read_text("utf-8"),
        "language": language,
        "number": number,
        "title": escape(texts()[language]["ui"]["title"]),
        "languages": "".join(
            f'<button type="button" lang="{code}">{escape(words["ui"]["language"])}</button>'
            for code, words in texts().items()
        ),
        "links": "".join(
            f'<li><a href="#{page}" data-say="{page}"></a></li>' for page in texts()[language]["page"]
        ),
        "pages": "".join(_page(page, language) for page in texts()[language]["page"] if page != "rescue"),
        "game": _game(),
        "footer": "".join(_in(code, f"<p>{escape(_footer(words))}</p>", language) for code, words in texts().items()),
        "hash": "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }  # fmt: skip
    page = _here("static", "page.html").read_text("utf-8")
    for name, text in filled.items():
        page = page.replace(f"<!--{name}-->", text)
    return page.replace("<!--js-->", script)


def write_page(out: str | Path, language: str = "en", number: str = USUAL_NUMBER) -> Path:
    """Writes the page to a file (`out` ends with .html) or as index.html into a folder, and says where.

    OutputError: it cannot be written.
    """
    out = as_path(out)
    path = out if out.suffix == ".html" else out / INDEX
    page = learners_page(language, number)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise OutputError(
            f"{path} cannot be written: {problem.strerror}. Name another file or folder."
        ) from None
    return path


def _here(*names: str):
    return files("opensepsis.learn").joinpath(*names)


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_here(name).read_text("utf-8").splitlines()))


def _script() -> str:
    words = {code: {**one["heading"], **one["page"], **one["ui"]} for code, one in texts().items()}
    told = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    parts = [f"const WORDS = {told};", numbers_script(), body_script()]
    return "\n".join([*parts, *(_here("static", f"{name}.js").read_text("utf-8") for name in SCRIPTS)])


def _footer(words: dict) -> str:
    return words["ui"]["footer"].format(
        version=metadata.version("opensepsis"), parameters=parameters_version()
    )


def _in(code: str, html: str, shown: str) -> str:
    return f'<div lang="{code}"{"" if code == shown else " hidden"}>{html}</div>'


def _page(page: str, shown: str) -> str:
    """One page in every language. Without JavaScript all pages of the shown language stand one below the other."""
    make = _sources if page == "sources" else _article
    inside = "".join(_in(code, make(page, words), shown) for code, words in texts().items())
    return f'<section id="page-{page}" data-page="{page}">{inside}</section>\n'


def _article(page: str, words: dict) -> str:
    told = [one for one in statements() if one.page == page]
    parts = [f'<h1 tabindex="-1">{escape(words["page"][page])}</h1>']
    for section in dict.fromkeys(one.section for one in told):
        if section != "call":
            parts.append(f"<h2>{escape(words['heading'][section])}</h2>")
        parts.append(_section([one for one in told if one.section == section], words))
    button = (
        f'<p class="screen"><button type="button" class="print">{escape(words["ui"]["print"])}</button></p>'
    )
    return f"<article>{''.join(parts)}{button}</article>"


def _section(told: list[Statement], words: dict) -> str:
    """The sentences of a section in their order; those of a list stand together."""
    parts, listed = [], []
    for one, after in zip(told, [*told[1:], None], strict=True):
        text = escape(words["statement"][one.id]).replace("{number}", "<span data-number></span>")
        if one.kind in ("item", "letter", "tick"):
            listed.append(_listed(one.kind, text))
            if after is None or after.kind != one.kind:
                name = {"letter": "letters", "tick": "ticks"}.get(one.kind, "items")
                parts.append(f'<ul class="{name}">{"".join(listed)}</ul>')
                listed = []
                if one.kind == "tick":
                    parts.append('<p class="ticked ending" role="status"></p>')
        elif one.kind == "call":
            parts.append(f'<div class="call"><p>{text}</p><a data-call href="tel:{USUAL_NUMBER}"></a></div>')
        elif one.kind == "picture":
            parts.append(
                f'<figure><figcaption>{text}</figcaption><div data-picture="{one.id}"></div></figure>'
            )
        else:
            parts.append(f'<p class="{one.kind}">{text}</p>')
    return "".join(parts)


def _listed(kind: str, text: str) -> str:
    if kind == "tick":
        return f'<li><label><input type="checkbox" autocomplete="off"> {text}</label></li>'
    return (
        f'<li><b aria-hidden="true">{_letter(text)}</b><span>{text}</span></li>'
        if kind == "letter"
        else f"<li>{text}</li>"
    )


def _letter(text: str) -> str:
    return text[0].upper()


def _sources(page: str, words: dict) -> str:
    """Every sentence with its source and date."""
    ui = words["ui"]
    heads = "".join(
        f'<th scope="col">{escape(ui[f"source-{name}"])}</th>' for name in ("text", "source", "date")
    )
    rows = []
    for one in statements():
        source = sources()[one.source]
        link = f'<a href="{escape(source.address, quote=True)}" rel="noreferrer">{escape(source.title)}</a>'
        title = link if source.address else escape(source.title)
        text = escape(words["statement"][one.id]).replace("{number}", "<span data-number></span>")
        rows.append(f"<tr><td>{text}</td><td>{title}</td><td>{escape(source.date)}</td></tr>")
    return (
        f'<h1 tabindex="-1">{escape(words["page"][page])}</h1><p>{escape(ui["source-table"])}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(ui["source-table"], quote=True)}">'
        f'<table class="sources"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


def _game() -> str:
    filled = {
        "cases": "".join(
            f'<label><input type="radio" name="person" value="{name}"{" checked" if name == CASES[0] else ""}>'
            f'<span><b data-say="case-{name}"></b><span data-say="case-{name}-about"></span></span></label>'
            for name in CASES
        ),
        "orders": "".join(
            f'<button type="button" data-order="{name}" aria-pressed="false"><span data-say="{name}"></span><small></small>'
            f'<i data-say="{name}-about"></i></button>'
            for name in TREATMENTS
        ),
        "board": "".join(
            f'<tr id="board-{name}"><th scope="row" data-say="{name}"></th><td></td></tr>' for name in BOARD
        ),
        "organs": "".join(
            f'<li id="organ-{name}"><b data-say="{name}"></b><span></span><div class="bar"></div></li>'
            for name in ORGANS
        ),
        "sliders": "".join(
            f'<p><label for="slide-{name}" data-say="{name}"></label>'
            f'<input id="slide-{name}" type="range" min="0" max="24.25" step="0.25"><output for="slide-{name}"></output></p>'
            for name in TREATMENTS
        ),
        "late": "".join(
            f'<option value="{name}" data-say="{name}"></option>' for name in ("antibiotic", "operation")
        ),
    }
    game = _here("static", "game.html").read_text("utf-8")
    for name, text in filled.items():
        game = game.replace(f"<!--{name}-->", text)
    return game
