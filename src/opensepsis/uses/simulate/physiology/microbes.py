"""Sites, organisms and antibiotics: how often, what is given, and the concentration that stops growth.

MIC values are typical wild-type modes in mg/L, rounded (own choice after general EUCAST knowledge, not a copied table);
`NEVER` marks intrinsic resistance. Half-lives, peaks and intervals are typical adult values, rounded; own calibration.
"""

from dataclasses import dataclass

import numpy as np

NEVER = 512.0


@dataclass(frozen=True)
class Site:
    name: str
    share: float
    organisms: tuple[float, ...]  # shares, in the order of ORGANISMS
    empiric: tuple[str, ...]
    controllable: float  # chance that a drain, an operation or a line removal can end it
    code: str  # ICD-10


@dataclass(frozen=True)
class Organism:
    name: str
    acquired_resistance: float  # chance that its MIC is 16 times higher for the empiric class
    narrow: str
    detection: float  # chance, relative to the best, that a bottle grows it


@dataclass(frozen=True)
class Antibiotic:
    name: str
    peak: float  # free mg/L after a dose
    half_life: float  # h, with normal kidneys
    renal: float  # share cleared by the kidneys
    interval: float  # h
    mic: tuple[float, ...]  # mg/L, in the order of ORGANISMS


ORGANISMS = (
    Organism("escherichia coli", 0.10, "ceftriaxone", 1.0),
    Organism("klebsiella pneumoniae", 0.12, "ceftriaxone", 1.0),
    Organism("pseudomonas aeruginosa", 0.15, "cefepime", 0.9),
    Organism("staphylococcus aureus", 0.05, "cefazolin", 1.0),
    Organism("methicillin-resistant staphylococcus aureus", 0.02, "vancomycin", 1.0),
    Organism("streptococcus pneumoniae", 0.04, "ceftriaxone", 0.7),
    Organism("enterococcus faecalis", 0.08, "ampicillin", 0.9),
    Organism("bacteroides fragilis", 0.08, "piperacillin-tazobactam", 0.5),
)

ANTIBIOTICS = (
    Antibiotic("piperacillin-tazobactam", 120.0, 1.0, 0.7, 6.0, (2.0, 4.0, 4.0, 2.0, NEVER, 0.5, 4.0, 1.0)),
    Antibiotic("ceftriaxone", 25.0, 8.0, 0.5, 24.0, (0.06, 0.06, NEVER, 4.0, NEVER, 0.06, NEVER, 64.0)),
    Antibiotic("cefepime", 90.0, 2.0, 0.85, 8.0, (0.06, 0.06, 2.0, 2.0, NEVER, 0.06, NEVER, 64.0)),
    Antibiotic("meropenem", 45.0, 1.0, 0.7, 8.0, (0.03, 0.03, 0.5, 0.12, NEVER, 0.03, 4.0, 0.25)),
    Antibiotic("vancomycin", 20.0, 6.0, 0.9, 12.0, (NEVER, NEVER, NEVER, 1.0, 1.0, 0.25, 1.0, NEVER)),
    Antibiotic("cefazolin", 30.0, 2.0, 0.9, 8.0, (2.0, 2.0, NEVER, 0.5, NEVER, 0.12, NEVER, 64.0)),
    Antibiotic("ampicillin", 40.0, 1.2, 0.8, 6.0, (4.0, NEVER, NEVER, 16.0, NEVER, 0.03, 1.0, 32.0)),
    Antibiotic("ciprofloxacin", 3.0, 4.0, 0.5, 12.0, (0.015, 0.03, 0.25, 0.5, 8.0, 1.0, 1.0, 8.0)),
)

SITES = (
    Site("lung", 0.46, (0.10, 0.14, 0.12, 0.16, 0.06, 0.38, 0.02, 0.02), ("ceftriaxone",), 0.06, "J18.9"),
    Site("urine", 0.22, (0.60, 0.16, 0.08, 0.02, 0.01, 0.01, 0.11, 0.01), ("ceftriaxone",), 0.25, "N39.0"),
    Site(
        "abdomen",
        0.18,
        (0.42, 0.14, 0.07, 0.02, 0.01, 0.02, 0.12, 0.20),
        ("piperacillin-tazobactam",),
        0.8,
        "K65.9",
    ),
    Site(
        "skin",
        0.09,
        (0.08, 0.06, 0.06, 0.46, 0.22, 0.04, 0.04, 0.04),
        ("cefazolin", "vancomycin"),
        0.35,
        "L03.9",
    ),
    Site(
        "line",
        0.05,
        (0.12, 0.12, 0.12, 0.34, 0.18, 0.01, 0.10, 0.01),
        ("cefepime", "vancomycin"),
        0.9,
        "T80.2",
    ),
)
BROAD = ("piperacillin-tazobactam", "vancomycin")  # given instead when the patient looks very ill

_NAMES = [drug.name for drug in ANTIBIOTICS]


def drug_number(name: str) -> int:
    """The place of an antibiotic in the catalogue.

    >>> drug_number("meropenem")
    3
    """
    return _NAMES.index(name)


def drug_table() -> np.ndarray:
    """Peak, half-life, renal share and dosing interval of each antibiotic, one row each.

    >>> drug_table().shape
    (8, 4)
    """
    return np.array([(drug.peak, drug.half_life, drug.renal, drug.interval) for drug in ANTIBIOTICS])


def mic_table() -> np.ndarray:
    """The typical MIC (mg/L) of each organism (row) to each antibiotic (column).

    >>> float(mic_table()[4, 0])
    512.0
    """
    return np.array([drug.mic for drug in ANTIBIOTICS]).T


def empiric_table() -> np.ndarray:
    """The empiric antibiotics of each site (two places, -1 for none); the last row is the broad choice.

    >>> empiric_table()[-1].tolist()
    [0, 4]
    """
    rows = [[drug_number(name) for name in names] for names in [*(site.empiric for site in SITES), BROAD]]
    return np.array([[*row, -1][:2] for row in rows])


def narrow_table() -> np.ndarray:
    """The narrow antibiotic for each organism, once it is known.

    >>> int(narrow_table()[3]) == drug_number("cefazolin")
    True
    """
    return np.array([drug_number(organism.narrow) for organism in ORGANISMS])
