"""The page of every question that the literature leaves open, with the answer taken here and what other answers change."""

from collections.abc import Mapping

INTRODUCTION = """# Where the literature is silent, and what we took

Papers and manuals leave questions open: what counts as respiratory support, when a value is too old, from which baseline
a rise is measured. Each such question has a name, one answer and a reason here. Where another reading is common, it is a variant, and
`label --variants` runs all of them side by side. An answer that several definitions share is listed once."""


def choices_page(definitions: Mapping, effects: Mapping[str, Mapping[str, str]]) -> str:
    """The page, in Markdown; `effects` is what scripts/effect_of_variants.py measured, by variant."""
    lines = [INTRODUCTION, "", "## Choices", "", "| choice | taken | why | in |", "| --- | --- | --- | --- |"]
    for (name, taken, why), users in _users(definitions).items():
        links = ", ".join(_link(user) for user in users)
        lines.append(f"| {name} | {cell_text(taken)} | {cell_text(why)} | {links} |")
    lines += ["", "## Variants and their effect", "", *_effects(definitions, effects)]
    return "\n".join([*lines, ""])


def _users(definitions: Mapping) -> dict[tuple[str, str, str], list[str]]:
    """Each choice once, with the definitions that rest on it; a variant only where it answers differently."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, definition in definitions.items():
        base = definitions.get(name.rpartition(":")[0], definition)
        for choice in definition.choices:
            if name == base.name or choice not in base.choices:
                found.setdefault((choice.name, choice.taken, choice.why), []).append(name)
    return found


def _link(name: str) -> str:
    return f"[`{name}`]({name.replace(':', '-')}.md)"


def _effects(definitions: Mapping, effects: Mapping[str, Mapping[str, str]]) -> list[str]:
    variants = [name for name in definitions if ":" in name]
    some = next(iter(effects.values()))
    lines = [
        f"Effect on {some['icu_stays']} ICU stays of {some['patients']} simulated patients, by `scripts/effect_of_variants.py`. "
        "The effect in your hospital can differ: simulated patients are no real ones, and all of them are adults.",
        "",
        "| variant | answers instead | effect |",
        "| --- | --- | --- |",
    ]
    return lines + [f"| {_link(n)} | {definitions[n].why} | {_effect(effects.get(n))} |" for n in variants]


def _effect(row: Mapping[str, str] | None) -> str:
    if row is None:
        return "not measured"
    if row["differ"]:
        share = int(row["differ"]) / int(row["of"])
        of = f"{int(row['differ']):,} of {int(row['of']):,} {row['what']}"
        return f"{of} differ ({share:.1%}), in {row['stays']} stays"
    return (
        f"{row['with_definition']} stays become {row['with_variant']}, of {row['of']}; {row['stays']} differ"
    )


def cell_text(text: str) -> str:
    """A text as a cell of a Markdown table holds it.

    >>> len(cell_text("a|b"))
    4
    """
    return text.replace("|", "\\|")
