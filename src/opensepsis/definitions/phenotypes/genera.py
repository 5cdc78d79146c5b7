"""The names by which organisms of blood are told apart: genera, and other names of a genus or species (`genera.csv` beside this)."""

import csv
from importlib.resources import files

from opensepsis.rules import Taxa

_TEXT = (files("opensepsis.definitions.phenotypes") / "genera.csv").read_text(encoding="utf-8")

# the value set of NHSN was not read: genera and species of the older manual, as the reference quotes them
COMMUNITY_ASSOCIATED = (
    "blastomyces",
    "histoplasma",
    "coccidioides",
    "paracoccidioides",
    "cryptococcus",
    "pneumocystis",
    "anaplasma",
    "ehrlichia",
    "borrelia",
    "rickettsia",
    "salmonella",
    "shigella",
    "yersinia",
    "campylobacter",
    "listeria",
    "vibrio",
)
TAXA = Taxa(
    "genera and species by name",
    tuple((row["spelling"], row["genus"], row["species"]) for row in csv.DictReader(_TEXT.splitlines())),
    no_species=(
        "species",
        "spp",
        "sp",
        "group",
        "not",
        "coagulase",
        "coag",
        "beta",
        "alpha",
        "presumptive",
        "probable",
        "isolated",
        "complex",
    ),
    community=COMMUNITY_ASSOCIATED,
)
