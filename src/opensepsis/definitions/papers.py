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
