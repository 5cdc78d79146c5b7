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
CDC_2018 = Paper(
    "CDC. Hospital Toolkit for Adult Sepsis Surveillance, March 2018 (CS289729-A)",
    "",
    "Definitions, Appendix A and B",
)
NHSN_COMMENSALS = Paper(
    "CDC National Healthcare Safety Network. Patient Safety Component Manual", "", "chapter 4, LCBI 2", verified=False
)
LEVY_2003 = Paper(
    "Levy MM et al. Crit Care Med 2003;31:1250–1256", "10.1097/01.CCM.0000050454.01978.3B", "Table 1", verified=False
)
CMS_SEP1 = Paper(
    "CMS and The Joint Commission. Specifications Manual, SEP-1", "", "versions 5.0a to 5.3, excerpts", verified=False
)
