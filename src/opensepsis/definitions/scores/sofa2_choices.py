"""What the SOFA-2 paper leaves open, and the answers taken. Letters are its footnotes."""

from opensepsis.definitions.signals.kidney import URINE_BANDS
from opensepsis.definitions.signals.measured import DEVICES, INFUSION, IRRIGATION, PAIRING, PUMPS, TUBE
from opensepsis.rules import Choice

CHOICES = (
    Choice(
        "missing (b)",
        "a row without any input is not known",
        "the paper takes 0 on day 1 and carries forward later: the variant missing_as_paper",
    ),
    Choice(
        "sedation (c)",
        "while a sedative runs, charted or not, the last GCS of the 72 h up to its start, that of the start included; none: 15, "
        "assumed. One that starts again within 1 h goes on; a GCS charted in such a gap counts as charted",
        "the paper takes 0 points when it is not known; how far to look back is not printed",
    ),
    Choice(
        "motor (d)",
        "the motor score decides only where neither a total nor all three domains are charted within the hour",
        "the footnote makes it a fallback",
    ),
    Choice(
        "delirium drugs (e)",
        "every dose recorded as a drug against delirium counts for its day; the site's list states which drugs these are",
        "the paper prints no list; without any GCS a dose gives its 1 point",
    ),
    Choice(
        "oximeter (f)",
        "SpO₂/FiO₂ only while the window holds no PaO₂/FiO₂, at moments with SpO₂ below 98 %",
        "a blood gas of the same 24 h is 'available'",
    ),
    Choice(
        "transient (g)",
        "of all ratios measured in the last 60 minutes the best counts; a dip counts once it has lasted that long or stands alone",
        "what follows is never used, so a lone dip that recovers later counts; the variant every_dip counts all",
    ),
    Choice(
        "support (g, h)",
        "high-flow oxygen, CPAP, non-invasive and invasive ventilation; without any, at most 2 points",
        "as printed; where support is ruled out: the variant support_unavailable",
    ),
    Choice(
        "ECMO (i)",
        "any ECMO gives respiration 4; circulation 4 too when its reason is charted as cardiovascular",
        "a reason that is not charted is not guessed",
    ),
    Choice(
        "norepinephrine (k)",
        "rates are base; charted as a salt they are divided by 2 (bitartrate), 1.89 (anhydrous) or 1.22 (hydrochloride)",
        "a salt that is not charted is taken as base; see the variant norepinephrine_as_bitartrate",
    ),
    Choice(
        "dopamine (l)",
        "its own bands only when no other vasopressor or inotrope runs; with another one it is 'any other'",
        "footnote l says alone; with another drug that is not norepinephrine or epinephrine the table gives 2",
    ),
    Choice(
        "another drug",
        "norepinephrine or epinephrine 'plus another' means that both run at that moment",
        "the wording does not say so; 'concurrent' is how the code of others reads it",
    ),
    Choice("dialysis (o)", "dialysis charted as non_renal does not count", "as printed"),
    Choice(
        "needs dialysis (p)",
        "creatinine above 1.2 mg/dL or oliguria, and potassium or acidosis: the last values, at most 24 h apart",
        "sources disagree whether creatinine and oliguria are joined by 'or'; most say 'or'; oliguria over a full 6 h",
    ),
    Choice(
        "between sessions (q)",
        "for 72 h after the end of any dialysis that is not charted as continuous",
        "at the bedside nobody knows yet that a session was the last",
    ),
    DEVICES,
    INFUSION,
    PUMPS,
    PAIRING,
    TUBE,
    URINE_BANDS,
    IRRIGATION,
)
