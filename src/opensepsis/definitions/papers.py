"""Every source, cited once."""

from opensepsis.rules import Paper

VINCENT_1996 = Paper("Vincent JL et al. Intensive Care Med 1996;22:707–710", "10.1007/BF01709751", "Table 3")
SINGER_2016 = Paper("Singer M et al. JAMA 2016;315:801–810", "10.1001/jama.2016.0287")
SINGER_2016_QSOFA = Paper("Singer M et al. JAMA 2016;315:801–810", "10.1001/jama.2016.0287", "Box 4")
SEYMOUR_2016 = Paper("Seymour CW et al. JAMA 2016;315:762–774", "10.1001/jama.2016.0288")
SHANKAR_HARI_2016 = Paper("Shankar-Hari M et al. JAMA 2016;315:775–787", "10.1001/jama.2016.0289")
BONE_1992 = Paper("Bone RC et al. Chest 1992;101:1644–1655", "10.1378/chest.101.6.1644", "definitions box")
RCP_2017 = Paper(
    "Royal College of Physicians. National Early Warning Score (NEWS) 2. London 2017", "", "Chart 1"
)
RANZANI_2025 = Paper(
    "Ranzani OT et al. JAMA 2025;334:2090–2103",
    "10.1001/jama.2025.20516",
    "table and footnotes a to q, as quoted by others",
    verified=False,
)
SCHLAPBACH_2024 = Paper(
    "Schlapbach LJ et al. JAMA 2024;331:665–674",
    "10.1001/jama.2024.0179",
    "rubric of the authors' own code",
    verified=False,
)
KDIGO_2012 = Paper("KDIGO AKI Work Group. Kidney Int Suppl 2012;2:1–138", "10.1038/kisup.2012.1", "table 2")
TAYLOR_2001 = Paper("Taylor FB et al. Thromb Haemost 2001;86:1327–1330", "10.1055/s-0037-1616068")
ISTH_2025 = Paper("Iba T et al. J Thromb Haemost 2025", "10.1016/j.jtha.2025.03.038", verified=False)
IBA_2017 = Paper("Iba T et al. BMJ Open 2017;7:e017046", "10.1136/bmjopen-2017-017046", verified=False)
GANDO_2006 = Paper(
    "Gando S et al. Crit Care Med 2006;34:625–631", "10.1097/01.CCM.0000202209.42491.38", verified=False
)
IBA_2016 = Paper("Iba T et al. Crit Care 2016;20:287", "10.1186/s13054-016-1468-1", verified=False)
BERLIN_2012 = Paper(
    "ARDS Definition Task Force. JAMA 2012;307:2526–2533",
    "10.1001/jama.2012.5669",
    "the table as reprinted in PMC8450703 (table 1), PMC7700642 (table 2) and doi 10.1186/s13063-017-2234-7 (table 1)",
)
CDC_2018 = Paper(
    "CDC. Hospital Toolkit for Adult Sepsis Surveillance, March 2018 (CS289729-A)",
    "",
    "Definitions, Appendix A and B",
)
NHSN_COMMENSALS = Paper(
    "CDC National Healthcare Safety Network. Patient Safety Component Manual",
    "",
    "chapter 4, LCBI 2",
    verified=False,
)
LEVY_2003 = Paper(
    "Levy MM et al. Crit Care Med 2003;31:1250–1256",
    "10.1097/01.CCM.0000050454.01978.3B",
    "Table 1",
    verified=False,
)
CMS_SEP1 = Paper(
    "CMS and The Joint Commission. Specifications Manual, SEP-1",
    "",
    "versions 5.0a to 5.3, excerpts",
    verified=False,
)
LEVY_2018 = Paper(
    "Levy MM et al. Surviving Sepsis Campaign bundle: 2018 update. Intensive Care Med 2018;44:925–928",
    "10.1007/s00134-018-5085-0",
    "Table 1",
)
SSC_ADULTS_2026 = Paper(
    "Prescott HC et al. Crit Care Med 2026;54:725–812", "10.1097/CCM.0000000000007075", verified=False
)
SSC_CHILDREN_2026 = Paper("Weiss SL et al. Pediatr Crit Care Med 2026;27:379–434", verified=False)
CMS_SEP_1 = Paper("CMS. Specifications Manual, Severe Sepsis and Septic Shock (SEP-1)", verified=False)
NICE_NG253 = Paper(
    "NICE NG253. Suspected sepsis in people aged 16 or over. 19 November 2025, with AoMRC 2022 and SIGN rec. 11",
    verified=False,
)
COURSE_LISTS = Paper(
    "Lists of opensepsis: ICD-9-CM, ICD-10-CM and -PCS; chronic illness after Quan H et al. Med Care 2005;43:1130–1139; "
    "infection after Angus DC et al. Crit Care Med 2001;29:1303–1310; spectrum after Moehring RW et al. Clin Infect Dis "
    "2021;73:e4507–e4514",
    place="typed from memory",
    verified=False,
)
NHS_ENGLAND_2025 = Paper(
    "NHS England. Configuration Document for SPOT NPEWS, 26 February 2025", "", "points of each age band"
)
MHYRE_2014 = Paper(
    "Mhyre JM et al. Obstet Gynecol 2014;124:782–786",
    "10.1097/AOG.0000000000000480",
    "the criteria as reprinted by a perinatal quality collaborative",
    verified=False,
)
