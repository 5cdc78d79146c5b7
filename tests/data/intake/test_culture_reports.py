"""Reports of cultures whose full stops end no sentence, and those that correct an earlier one; and what is no culture."""

import pytest

from opensepsis.data.intake.culture import Growth, is_culture, read_culture

CASES = {
    Growth.GREW: """
        Enterococcus spp. isolated. No MRSA isolated.
        Candida spp. Heavy growth.
        Vibrio spp. DETECTED. Salmonella spp. NOT DETECTED.
        Klebsiella spp. present; E. coli not detected
        Staph. aureus isolated
        Gram neg. rods. No gram pos. cocci
        Previously reported as gram negative rods, now Klebsiella pneumoniae
        Previously reported as no growth. Now: E. coli
        E. coli. Previously reported as Klebsiella.
        Amended report: Staphylococcus hominis, previously reported as S. aureus
        Zuvor gemeldet als kein Wachstum, jetzt E. coli
        Gram negative rods now growing
        +
        (++)
    """,
    Growth.NO_GROWTH: """
        Salmonella spp. not isolated
        Campylobacter spp. not detected. Salmonella spp. not detected. Shigella spp. not detected.
        Staph. aureus not isolated
        Coag. neg. staph not isolated
        Candida spp. wächst nicht
        E. coli not confirmed
        CORRECTED REPORT: no growth. Previously reported as Gram positive cocci
        Previously reported as E. coli, corrected: no growth
        Usual throat flora
        Corrected: MRSA not isolated; previously reported as MRSA
    """,
    Growth.PENDING: """
        previously reported as E. coli
    """,
    Growth.NOT_PERFORMED: """
        Probe nicht eingetroffen
    """,
}


@pytest.mark.parametrize(
    ("said", "growth"),
    [(line.strip(), growth) for growth, lines in CASES.items() for line in lines.strip().splitlines()],
)
def test_a_report_is_read_as_it_is_meant(said, growth):
    assert read_culture(said) is growth


@pytest.mark.parametrize(
    ("said", "growth"),
    [
        ("No Salmonella, Shigella or\nCampylobacter isolated", Growth.NO_GROWTH),
        ("No Salmonella, Shigella,\r\n Campylobacter isolated", Growth.NO_GROWTH),
        ("Salmonella spp.\nnot isolated", Growth.NO_GROWTH),
        ("E. coli\nNot detected", Growth.NO_GROWTH),
        ("No growth of\nStaphylococcus aureus", Growth.NO_GROWTH),
        ("E. coli\nNo MRSA", Growth.GREW),
        ("No Salmonella\nE. coli", Growth.GREW),
        ("No growth\nE. coli", Growth.GREW),
        ("Aerobic: no growth\nAnaerobic: Bacteroides fragilis", Growth.GREW),
    ],
)
def test_a_line_that_ends_within_a_sentence_goes_on(said, growth):
    assert read_culture(said) is growth


@pytest.mark.parametrize(
    "specimen",
    ["Nasenabstrich MRSA", "Rektalabstrich VRE", "nasal swab", "Rectal swab", "C. auris", "Syphilis", "Galactomannan", "Beta-D-glucan",
     "Ova and parasites", "Cytology", "Blood film", "Urinalysis"],
)  # fmt: skip
def test_it_is_no_culture(specimen):
    assert not is_culture(specimen)


@pytest.mark.parametrize(
    "specimen",
    ["throat swab", "Wound swab", "Nasal abscess", "rectal abscess", "Urine culture", "Rachenabstrich"],
)
def test_it_is_a_culture(specimen):
    assert is_culture(specimen)
