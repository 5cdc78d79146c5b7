"""What culture reports say, as laboratories write them."""

import polars as pl
import pytest

from opensepsis.data.intake.culture import Growth, is_culture, read_culture
from opensepsis.data.intake.text_codes_batch import WordsRead
from opensepsis.data.sources import open_source
from opensepsis.data.sources.mimic_iv.maps import read_map
from opensepsis.data.timeline.writer import write_timeline

CASES = {
    Growth.GREW: """
        GRAM NEGATIVE RODS
        Gram negative rods in 2 of 2 bottles
        gram-negative bacilli
        Gram neg. rods
        Gram positive cocci in clusters
        Escherichia coli
        E. coli
        E.coli >100,000 CFU/mL
        STAPHYLOCOCCUS, COAGULASE NEGATIVE
        Coagulase-negative staphylococci
        Staph. aureus
        Staphylococcus aureus (MRSA) isolated
        Klebsiella pneumoniae, ESBL negative
        Haemophilus influenzae, beta-lactamase negative
        Yeast
        Yeast, germ tube negative
        Candida albicans
        NON-FERMENTER, NOT PSEUDOMONAS
        Gram negative rods, not Pseudomonas
        Heavy growth of coliforms
        Scanty growth of Pseudomonas aeruginosa
        Positive
        Positive after 14 hours
        Culture positive
        growth detected
        Growth in aerobic bottle
        Gram stain: no organisms seen. Culture: Staphylococcus aureus
        Escherichia coli; no anaerobes isolated
        Escherichia coli, no anaerobes isolated
        No anaerobes isolated, Escherichia coli grown
        Aerobic bottle: no growth; anaerobic bottle: Bacteroides fragilis
        No growth in anaerobic bottle, aerobic bottle: E. coli
        Normal flora and Candida albicans
        Preliminary: gram positive cocci in pairs and chains
        Staphylococcus aureus, sensitivity testing not performed
        Streptococcus pneumoniae, final report to follow
        Enterobacter cloacae complex
        MRSA
        Gramnegative Stäbchen
        Grampositive Kokken in Haufen
        Bacille à Gram négatif
        Cocos Gram positivos
        Non-lactose fermenting coliform
        Anaerobic gram negative rods
        Probable contaminant: coagulase negative staphylococcus
        No growth of Staphylococcus; Candida albicans isolated
        No gram positive cocci seen; gram negative rods seen
        No growth on MacConkey agar; heavy growth of E. coli on blood agar
        Growth: Staphylococcus epidermidis
        Growth
        Heavy growth
        Growth in one of two bottles
        Scanty growth, identification to follow
        10828004
        1 of 2 bottles positive
        2/2 bottles
        2 out of 2 sets positive
        both bottles positive
        positive in 1 of 4 bottles
        POSITIVE x2
        1 von 2 Flaschen positiv
        1 flacon sur 2 positif
        1 out of 2 bottles positive for GPC in clusters
        Staphylococcus aureus isolated from 2 of 2 bottles
        Keimnachweis positiv
        Culture for MRSA: MRSA isolated
        ?MRSA E. coli isolated
        Rule out MRSA, E. coli isolated
        Gram positive cocci, ?Staphylococcus
        E. coli ?contaminant
        E. coli pending confirmation
        Klebsiella pneumoniae, ESBL screen positive
        E. coli. MRSA screen negative
        Streptococcus (suspected viridans)
        Gram negative St?bchen
    """,
    Growth.NO_GROWTH: """
        No mixed growth
        No growth
        NO GROWTH.
        No growth after 5 days
        No growth to date, final report to follow
        No growth at 48 hrs. Preliminary report pending.
        No aerobic growth at 48 h
        No anaerobic growth
        No aerobic or anaerobic growth after 5 days
        No bacterial growth
        No significant growth
        No growth of gram negative rods
        No growth of anaerobes
        No organisms isolated
        No organisms seen
        No bacteria isolated
        No pathogens isolated
        No MRSA isolated
        No Salmonella, Shigella or Campylobacter isolated
        Salmonella not isolated
        Negative for Salmonella
        Negative
        negative.
        NEG
        Culture negative
        Negative after 5 days
        Aerobic: negative
        negative for growth
        Sterile
        NGTD
        NG 48h
        None isolated
        Not detected
        Normal flora
        Normal respiratory flora
        Heavy growth of normal oral flora
        Usual respiratory flora only
        Kein Wachstum
        Kein Keimwachstum nach 5 Tagen
        Keine Keime nachgewiesen
        steril
        Keine Erreger nachweisbar
        Pas de germe
        Absence de croissance
        Stérile
        Sin crecimiento
        No hubo crecimiento
        negativo
        Ingen växt
        Ingen vekst
        Ingen vækst efter 5 dage
        Nil growth
        Lack of growth
        Growth: nil
        Négatif à 5 jours
        Ingen oppvekst
        Growth: none
        Growth: no
        Growth: negative
        Growth not detected
        Bacterial growth absent
        Gram negative rods not seen
        NEGATIVE FOR GROUP B STREP
        No yeast
        No fungus isolated
        Cultures negative x 2
        Streptococcus pyogenes absent
        264868006
        NG5D
        NG x 5 days
        NGx48h
        NG so far
        N.G.
        kein Keimnachweis
        keine Keime
        ohne Keimnachweis
        Keimnachweis negativ
        Kein Nachweis pathogener Keime
        Kein Bakterienwachstum
        germe non retrouvé
        no se aísla
        0/2 bottles
        0 of 4 bottles positive
        0/4 bottles positive
        none of 2 bottles
        2 of 2 bottles negative
        both bottles negative
        0 von 2 Flaschen positiv
        MRSA ruled out
        MRSA ausgeschlossen
        Rule out MRSA: negative
        Blood culture: no growth. MRSA screen negative
    """,
    Growth.PENDING: """
        Pending
        PENDING RESULT
        Culture in progress
        To follow
        Under incubation
        Result pending, no organisms seen on gram stain
        ausstehend
        en cours
        pendiente
        No result yet
    """,
    Growth.NOT_PERFORMED: """
        Specimen rejected
        Test not performed
        CANCELLED
        TEST CANCELLED, PATIENT CREDITED
        Insufficient specimen
        QNS
        Unlabelled specimen
        Specimen leaked in transit
        No specimen received
        nicht durchgeführt
        Probe nicht verwertbar
        non réalisé
    """,
    Growth.UNCLEAR: """
        Mixed flora
        Mixed growth of three or more types
        Heavy mixed growth, probably contaminated
        Contaminated
        Contaminated specimen, please repeat
        Skin flora
        Fecal contamination
        Mischflora
        Growth of mixed flora
        MIXED BACTERIAL FLORA ( >= 3 COLONY TYPES), CONSISTENT WITH SKIN AND/OR GENITAL CONTAMINATION.
        MIXED BACTERIAL FLORA ( >= 3 COLONY TYPES), CONSISTENT WITH FECAL CONTAMINATION.
        Mixed fecal flora
        Mixed Gram-positive flora
        Mixed Gram positive and Gram negative flora
        >=3 organisms
        >= 3 organisms, probable contamination
        Multiple organisms present, suggest recollection
        >100,000 CFU/mL mixed urogenital flora
        Multiple bacterial morphotypes present
        Three or more organisms isolated, none predominant
        perineal flora
        Mischkultur, V.a. Kontamination
        Mehr als 3 verschiedene Keime, Kontamination
        Keimgemisch
        verunreinigte Probe
        Hautflora
        Mischflora, keine pathogenen Keime
    """,
    Growth.ASKED: """
        Rule out MRSA
        r/o MRSA
        ?MRSA
        MRSA?
        ?? E. coli
        Rule out MRSA, VRE
        culture for MRSA
        MRSA pending
        R/O: VRE
        r/o : MRSA
        MRSA rule out
        MRSA - awaiting result
        MRSA zum Ausschluss
        descartar MRSA
        history of MRSA
        Verdacht auf E. coli
        V.a. MRSA
        MRSA fraglich
        Ausschluss von MRSA
        Positive?
        Growth?
    """,
    Growth.SCREEN: """
        MRSA screen
        MRSA screen positive
        MRSA SCREEN NEGATIVE
        Screening for MRSA
        VRE swab
        MRSA-Abstrich
        Dépistage MRSA
    """,
    Growth.NOT_KNOWN: """
        Keimnachweis
        1/2 bottles negative
        GPC in 0/2 bottles
        2/2
        see comment
        Growth questionable
        Growth chamber failure
        Group B Streptococcus: Negative
        Smith
        42
        Reference laboratory
        Positive identification of the patient
        not sterile
        Staphylococcus aureus negative
        No further growth, previously growth
    """,
}


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        (line.strip(), growth)
        for growth, lines in CASES.items()
        for line in lines.splitlines()
        if line.strip()
    ],
)
def test_what_a_report_says(text, growth):
    assert read_culture(text) is growth


def test_an_empty_report_is_pending():
    assert read_culture("") is Growth.PENDING


@pytest.mark.parametrize(
    "text",
    [
        "MRSA SCREEN", "MRSA Screening", "MRSA", "VRE swab", "CPE rectal screen", "Staph aureus Screen", "Surveillance swab",
        "C. difficile PCR", "Influenza A/B antigen", "SARS-CoV-2 RNA", "Serology", "MRSA-Abstrich", "nares", "Dépistage BMR",
    ],
)  # fmt: skip
def test_a_screen_is_no_culture(text):
    assert not is_culture(text)


@pytest.mark.parametrize(
    "text",
    [
        "blood",
        "Blood culture",
        "urine",
        "sputum",
        "wound swab",
        "CSF",
        "MRSA abscess",
        "throat",
        "",
        "unknown",
        "Blutkultur",
    ],
)
def test_a_specimen_is_a_culture(text):
    assert is_culture(text)


def test_the_list_of_mimic_says_the_same():
    listed = read_map("specimens").select("specimen", "culture").rows()
    assert [(s, counts) for s, counts in listed if is_culture(s) is not bool(counts)] == []


def test_a_screen_is_rejected_in_every_source():
    events = pl.DataFrame(
        {
            "patient": "a",
            "concept": ["culture", "culture", "organism"],
            "text": ["MRSA SCREEN", "blood", "MRSA screen|x"],
        }
    )
    assert WordsRead().read(events)["reason"].to_list() == [
        "a screening swab or a non-culture test: not a culture",
        None,
        None,
    ]


def test_words_of_a_culture_in_a_csv_folder(tmp_path):
    (tmp_path / "stays.csv").write_text(
        "patient,stay,admitted,discharged\np,s,2026-03-02T00:00Z,2026-03-04T00:00Z\n"
    )
    said = [
        "Gram negative rods",
        "No aerobic growth at 48 h",
        "pending",
        "see note",
        "1",
        "Specimen rejected",
        "E. coli",
        "?MRSA",
        "1 of 2 bottles positive",
    ]
    specimens = ["blood"] * 6 + ["MRSA SCREEN", "blood", "blood"]
    rows = [f'p,culture,2026-03-02T1{n}:00Z,"{text}",{specimens[n]}' for n, text in enumerate(said)]
    (tmp_path / "events.csv").write_text("\n".join(["patient,concept,time,value,text", *rows]) + "\n")
    made = write_timeline(open_source("csv", tmp_path), tmp_path / "out")
    assert made.events().sort("time").collect()["value"].to_list() == [1.0, 0.0, None, None, 1.0, None, 1.0]
    assert made.rejected["reason"].to_list() == [
        "the culture was not performed",
        "a screening swab or a non-culture test: not a culture",
    ]
    assert any("1 culture " in note for note in made.counts["source"]["notes"])


def test_an_organism_row_that_names_none_has_none():
    said = ["blood|E. coli", "blood|kein Keimnachweis", "blood|?MRSA", "blood|NG5D", "blood|Bacillus nowhere"]
    rows = pl.DataFrame({"patient": "a", "concept": "organism", "text": said})
    kept = ["blood|E. coli", "blood|", "blood|", "blood|", "blood|Bacillus nowhere"]
    assert WordsRead().read(rows)["text"].to_list() == kept
