"""Every source, cited once, with what of it was read, by whom and when."""

from opensepsis.rules import Check, Paper, Read, SecondReading

BY, ON = "opensepsis founders", "2026-11"


def original(against: str, *rows: str) -> Check:
    """Rows compared with the primary text."""
    return Check(Read.ORIGINAL, against, BY, ON, rows)


def copy(against: str, *rows: str) -> Check:
    """Rows compared with a reprint of the table."""
    return Check(Read.COPY, against, BY, ON, rows)


def others(against: str, *rows: str) -> Check:
    """Rows compared with what other people's code or texts say of the table."""
    return Check(Read.OTHERS, against, BY, ON, rows)


def memory(*rows: str) -> Check:
    """Rows that nobody could compare with anything."""
    return Check(Read.MEMORY, "–", BY, ON, rows)


def again(
    typed: str = "every printed limit and both its sides", differed: str = "none differed"
) -> SecondReading:
    """Cases that another person typed who had not seen the definition, from notes that another had made of the sources."""
    by = "another of the opensepsis founders"
    return SecondReading(typed, "the project's notes of these sources", by, "2026-11-30", differed)


VINCENT_1996 = Paper(
    "Vincent JL et al. Intensive Care Med 1996;22:707–710",
    "10.1007/BF01709751",
    "Table 3",
    (original("PMC4968574, table 1: the copy of the table in the Sepsis-3 paper"),),
)
_SEPSIS3 = others(
    "code of mimic-code, ricu and sepsis3-mimic, tables of BMJ Quality & Safety and of RCP Journals"
)
SINGER_2016 = Paper(
    "Singer M et al. JAMA 2016;315:801–810",
    "10.1001/jama.2016.0287",
    checks=(original("the abstract, and the table of PMC4968574"),),
)
SINGER_2016_QSOFA = Paper(
    "Singer M et al. JAMA 2016;315:801–810", "10.1001/jama.2016.0287", "Box 4", (_SEPSIS3,)
)
SEYMOUR_2016 = Paper("Seymour CW et al. JAMA 2016;315:762–774", "10.1001/jama.2016.0288", checks=(_SEPSIS3,))
SHANKAR_HARI_2016 = Paper(
    "Shankar-Hari M et al. JAMA 2016;315:775–787", "10.1001/jama.2016.0289", checks=(_SEPSIS3,)
)
BONE_1992 = Paper(
    "Bone RC et al. Chest 1992;101:1644–1655", "10.1378/chest.101.6.1644", "definitions box", (_SEPSIS3,)
)
RCP_2017 = Paper(
    "Royal College of Physicians. National Early Warning Score (NEWS) 2. London 2017",
    "",
    "Chart 1",
    (original("text of chart 1"),),
)
RANZANI_2025 = Paper(
    "Ranzani OT et al. JAMA 2025;334:2090–2103",
    "10.1001/jama.2025.20516",
    "table and footnotes a to q, as quoted by others",
    (
        others(
            "clifpy, EasyICU, rsamei/Sofa2 and reprodICU, which quote the table; neither the article nor its erratum of 2026"
        ),
    ),
)
SCHLAPBACH_2024 = Paper(
    "Schlapbach LJ et al. JAMA 2024;331:665–674",
    "10.1001/jama.2024.0179",
    "rubric of the authors' own code",
    (
        copy(
            "JSSCG 2024, table 6, and UpToDate, which reprint the table; the rubric and code of CU-DBMI-Peds/phoenix"
        ),
    ),
    second_reading=again("the ratios of the printed table, at their edges"),
)
KDIGO_2012 = Paper(
    "KDIGO AKI Work Group. Kidney Int Suppl 2012;2:1–138",
    "10.1038/kisup.2012.1",
    "table 2",
    (copy("the table as quoted in mimic-code, ricu, PMC tables and qxmd"),),
    second_reading=again("creatinine against the baseline calculated from age and sex"),
)
TAYLOR_2001 = Paper(
    "Taylor FB et al. Thromb Haemost 2001;86:1327–1330",
    "10.1055/s-0037-1616068",
    checks=(
        copy(
            "ASH-SAP and PMC8607173, which reprint the table; the limits of the fibrin marker are not in it"
        ),
    ),
    second_reading=again(),
)
ISTH_2025 = Paper(
    "Iba T et al. J Thromb Haemost 2025",
    "10.1016/j.jtha.2025.03.038",
    checks=(others("practical-haemostasis.com and one summary"),),
    second_reading=again(),
)
IBA_2017 = Paper(
    "Iba T et al. BMJ Open 2017;7:e017046",
    "10.1136/bmjopen-2017-017046",
    checks=(others("PMC8607173 and a summary, which differ at the edges of the INR"),),
)
GANDO_2006 = Paper(
    "Gando S et al. Crit Care Med 2006;34:625–631",
    "10.1097/01.CCM.0000202209.42491.38",
    checks=(others("restatements; PMC3962548 prints 2 where 3 is taken"),),
)
IBA_2016 = Paper(
    "Iba T et al. Crit Care 2016;20:287", "10.1186/s13054-016-1468-1", checks=(others("restatements"),)
)
BERLIN_2012 = Paper(
    "ARDS Definition Task Force. JAMA 2012;307:2526–2533",
    "10.1001/jama.2012.5669",
    "",
    (
        copy(
            "PMC8450703 (table 1), PMC7700642 (table 2) and doi 10.1186/s13063-017-2234-7 (table 1), which reprint the table"
        ),
    ),
)
CDC_2018 = Paper(
    "CDC. Hospital Toolkit for Adult Sepsis Surveillance, March 2018 (CS289729-A)",
    "",
    "Definitions, Appendix A and B",
    (original("the toolkit; its list of drugs also by program"),),
)
NHSN_SEPSIS_DRAFT = Paper(
    "CDC National Healthcare Safety Network. Adult Sepsis Event, protocol draft for FHIR, January 2025",
    "",
    "file saved 18 December 2025; a draft, which may change",
    (
        original("the draft, 12 pages with tables, figures and hidden text"),
        copy(
            "format program of AHRQ's Elixhauser comorbidity software v2025.1 and v2026.1, as others keep it",
            "codes of kidney and liver disease",
            "codes of malignancy",
        ),
        memory("codes of a principal infection", "codes of haemolytic anaemia"),
    ),
    second_reading=again(
        "92 patients on and beside limits, windows and exceptions",
        "one, by the second person's own slip: a code without a mark is of the admission by its day",
    ),
)
NHSN_BACTEREMIA_DRAFT = Paper(
    "CDC National Healthcare Safety Network. Bacteremia and Fungemia Surveillance Module, protocol draft of April 2025",
    "",
    "file saved December 2025; a draft, which may change",
    (
        original("the draft with its figures, tracked changes and comments"),
        memory("skin commensals", "organisms acquired in the community"),
    ),
    second_reading=again("21 patients on and beside every day, match and stratum"),
)
NHSN_COMMENSALS = Paper(
    "CDC National Healthcare Safety Network. Patient Safety Component Manual",
    "",
    "chapter 4, LCBI 2",
    (memory(),),
)
LEVY_2003 = Paper(
    "Levy MM et al. Crit Care Med 2003;31:1250–1256",
    "10.1097/01.CCM.0000050454.01978.3B",
    "Table 1",
    (memory(),),
)
CMS_SEP1 = Paper(
    "CMS and The Joint Commission. Specifications Manual, SEP-1",
    "",
    "versions 5.0a to 5.3, excerpts",
    (others("excerpts of versions 5.0a to 5.3, PMC8189682, Epic's SEP-1 tables; not the manual in force"),),
)
LEVY_2018 = Paper(
    "Levy MM et al. Surviving Sepsis Campaign bundle: 2018 update. Intensive Care Med 2018;44:925–928",
    "10.1007/s00134-018-5085-0",
    "Table 1",
    (original("table 1"),),
)
SSC_ADULTS_2026 = Paper(
    "Prescott HC et al. Crit Care Med 2026;54:725–812",
    "10.1097/CCM.0000000000007075",
    checks=(others("abstracts and summaries, which contradict each other"),),
)
SSC_CHILDREN_2026 = Paper(
    "Weiss SL et al. Pediatr Crit Care Med 2026;27:379–434", checks=(others("abstracts and summaries"),)
)
CMS_SEP_1 = Paper(
    "CMS. Specifications Manual, Severe Sepsis and Septic Shock (SEP-1)",
    checks=(others("Epic's SEP-1 table, excerpts of versions 5.0a to 5.3; not the manual in force"),),
    second_reading=again("the fluid: begun, complete, and from which hypotension"),
)
NICE_NG253 = Paper(
    "NICE NG253. Suspected sepsis in people aged 16 or over. 19 November 2025, with AoMRC 2022 and SIGN rec. 11",
    checks=(
        original(
            "NG51 (2024), recommendation 1.11.5, taken over by NG253: bands of NEWS2 and where they hold",
            "arms",
        ),
        memory("tasks"),
    ),
)
COURSE_LISTS = Paper(
    "Lists of opensepsis: ICD-9-CM, ICD-10-CM and -PCS; chronic illness after Quan H et al. Med Care 2005;43:1130–1139; "
    "infection after Angus DC et al. Crit Care Med 2001;29:1303–1310; spectrum after Moehring RW et al. Clin Infect Dis "
    "2021;73:e4507–e4514",
    place="typed from memory",
    checks=(memory(),),
)
_NG255_TABLE = original(
    "NG255's chapter on risk, its first part", "mental", "immunity", "injury", "respiration"
)
_COPY_12 = copy("GPnotebook, 12 years and over")
NICE_ADULTS = Paper(
    "NICE NG253. Suspected sepsis in people aged 16 or over. 19 November 2025",
    place="table 1, for the community",
    checks=(_COPY_12,),
    second_reading=again(),
)
NICE_12_TO_15 = Paper(
    "NICE NG254. Suspected sepsis in under 16s. 19 November 2025",
    place="the table from 12 years",
    checks=(copy("GPnotebook, 12 years and over; NG51's own table of 12 to 15 was not found"),),
    second_reading=again(),
)
NICE_PREGNANT = Paper(
    "NICE NG255. Suspected sepsis in pregnant or recently pregnant people. 19 November 2025",
    place="table 1",
    checks=(_NG255_TABLE, _COPY_12),
    second_reading=again(),
)
NICE_5_TO_11 = Paper(
    "NICE NG254. Suspected sepsis in under 16s. 19 November 2025",
    place="the table for 5 to 11 years",
    checks=(
        others("one copy of the skin, and of the lower band of 8 to 11 years", "skin"),
        memory("temperature", "other"),
        copy("a mirror of GPnotebook"),
    ),
    second_reading=again(),
)
NICE_UNDER_5 = Paper(
    "NICE NG254. Suspected sepsis in under 16s. 19 November 2025",
    place="the table for under 5 years",
    checks=(memory("other"), copy("paperzz 9004367; 39 °C from 3 to 6 months and pallor from memory")),
    second_reading=again(),
)
NHS_ENGLAND_2025 = Paper(
    "NHS England. Configuration Document for SPOT NPEWS, 26 February 2025",
    "",
    "points of each age band",
    (
        original(
            "the document in rcpch/digital-pews at a62a8af, reference-sources; its numbers also by program"
        ),
    ),
    second_reading=again(),
)
MHYRE_2014 = Paper(
    "Mhyre JM et al. Obstet Gynecol 2014;124:782–786",
    "10.1097/AOG.0000000000000480",
    "the criteria as reprinted by a perinatal quality collaborative",
    (others("a perinatal quality collaborative (Florida)"),),
    second_reading=again(),
)
WYNN_2020 = Paper(
    "Wynn JL, Polin RA. Pediatr Res 2020;88:85",
    checks=(others("two transcriptions that agree, one of a project of the score's own group"),),
    second_reading=again(),
)
SUBBE_2001 = Paper(
    "Subbe CP et al. QJM 2001;94:521",
    checks=(copy("two reprints"),),
    second_reading=again(),
)
SHETTY_2017 = Paper(
    "Shetty A et al. Emerg Med Australas 2017;29:626",
    checks=(original("the abstract, which prints the rule", "lactate"), _SEPSIS3),
    second_reading=again(),
)
MOORE_2017 = Paper(
    "Moore CC et al. BMJ Glob Health 2017;2:e000344",
    "",
    "the seven items and the highest band in the abstract; limits and points not read",
    (memory(),),
    second_reading=again(),
)
BOWYER_2017 = Paper(
    "Bowyer L et al. Aust N Z J Obstet Gynaecol 2017;57:540 (SOMANZ)",
    "",
    "the table of omSOFA",
    (copy("PMC6861904, table 2"),),
    second_reading=again(),
)
BOWYER_2017_QUICK = Paper(
    "Bowyer L et al. Aust N Z J Obstet Gynaecol 2017;57:540 (SOMANZ)",
    "",
    "omqSOFA",
    (others("one restatement; other code prints other lists"),),
    second_reading=again(),
)
PANDHARIPANDE_2009 = Paper(
    "Pandharipande PP et al. Crit Care Med 2009;37:1317",
    "",
    "the ratios; the other rows are those of SOFA",
    (memory("respiration"), *VINCENT_1996.checks),
    second_reading=again(
        "the ratios and their support", "one, by the second person's slip: no ratio of 512 can be breathed"
    ),
)
GRISSOM_2010 = Paper(
    "Grissom CK et al. Disaster Med Public Health Prep 2010;4:277",
    "",
    "the ratios; the other rows are those of SOFA",
    (copy("a reprint of the table of MSOFA", "respiration"), *VINCENT_1996.checks),
    second_reading=again("the ratios and their support"),
)
RICE_2007 = Paper(
    "Rice TW et al. Chest 2007;132:410",
    "",
    "the ratios; the other rows are those of SOFA",
    (
        others("one restatement of 315 and 235; the line for the others from memory", "respiration"),
        *VINCENT_1996.checks,
    ),
    second_reading=again("the two printed ratios and their support"),
)
CMQCC_2020 = Paper(
    "California Maternal Quality Care Collaborative. Obstetric Sepsis Toolkit",
    place="the two steps",
    checks=(
        memory("mental", "lactate"),
        others("summaries that agree but for some edges; the toolkit itself was not read"),
    ),
    second_reading=again(),
)
CMQCC_STEP_1 = Paper(
    CMQCC_2020.cite,
    place="step 1",
    checks=(others("summaries that agree but for the edge of 38.0 °C; the toolkit was not read"),),
    second_reading=again(),
)
BONET_2017 = Paper(
    "Bonet M et al. Reprod Health 2017;14:67",
    place="the definition; it prints no limits",
    checks=(original("the abstract"),),
)
GLOSS = Paper(
    "WHO Global Maternal Sepsis Study",
    place="candidate signs",
    checks=(copy("one copy of the table of candidate signs"),),
    second_reading=again(),
)
IITT = Paper(
    "WHO, ICRC, MSF. Interagency Integrated Triage Tool",
    place="high-risk vital signs from 12 years",
    checks=(copy("a reprint of the sheet"),),
    second_reading=again(),
)
KENYA_2026 = Paper(
    "Kenya. Emergency FHIR implementation guide, 7 August 2026",
    place="WHO emergency signs as coded there",
    checks=(others("one restatement; the guide was not found"),),
    second_reading=again(),
)
KAISER_2017 = Paper(
    "Kaiser Permanente. Neonatal early-onset sepsis calculator, form of 2017",
    place="the equation, its twelve intercepts and the odds after examination",
    checks=(
        copy("one published R script (N. B. Achten, 1 May 2022); the intercept of 0.5 in a second code"),
    ),
    second_reading=again(
        "the bands of risk and the examination; the equation was typed a second time before"
    ),
)
