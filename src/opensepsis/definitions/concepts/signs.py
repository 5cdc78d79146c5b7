"""What is seen, heard and told at the bedside."""

from opensepsis.definitions.concepts.wording import SIGN_SEEN, worded
from opensepsis.rules import Concept, Kind


def _sign(name: str, label: str) -> Concept:
    """A sign that is present or absent."""
    words, spelled = SIGN_SEEN
    return Concept(name, label, kind=Kind.WORD, words=words, spelled=spelled)


# altered: seen by a professional; reduced: told, or less than usual
BEHAVIOUR = worded("behaviour", "behaviour", kind=Kind.WORD)
LOOKS_ILL = _sign("looks_ill", "looks ill to a professional")
CARER_CONCERN = _sign("carer_concern", "carer's concern")
ABNORMAL_CRY = _sign("abnormal_cry", "weak, high-pitched or continuous cry")
FUNCTIONAL_LOSS = _sign("functional_loss", "acute loss of functional ability")
IMPAIRED_IMMUNITY = _sign("impaired_immunity", "impaired immunity")
RECENT_INJURY = _sign("recent_injury", "trauma, surgery or invasive procedure in 6 weeks")
NEW_ARRHYTHMIA = _sign("new_arrhythmia", "new arrhythmia")
GRUNTING = _sign("grunting", "grunting")
APNOEA = _sign("apnoea", "apnoea")
NASAL_FLARING = _sign("nasal_flaring", "nasal flaring")
MORE_OXYGEN = _sign("more_oxygen_than_usual", "more oxygen than usual")
MOTTLED_SKIN = _sign("mottled_skin", "mottled or ashen skin")
CYANOSIS = _sign("cyanosis", "cyanosis of skin, lips or tongue")
NON_BLANCHING_RASH = _sign("non_blanching_rash", "non-blanching rash")
PALLOR = _sign("pallor", "pallor")
WOUND_INFECTION = _sign("wound_infection", "signs of infection at a wound")
REDUCED_URINE = _sign("reduced_urine", "less urine than usual")
LEG_PAIN = _sign("leg_pain", "leg pain")
COLD_HANDS_OR_FEET = _sign("cold_hands_or_feet", "cold hands or feet")
HOURS_WITHOUT_URINE = Concept(
    "hours_without_urine", "time since urine was last passed", "h", plausible=(0, 168)
)
USUAL_SYSTOLIC = Concept(
    "usual_systolic", "usual systolic pressure", "mm[Hg]", plausible=(60, 260), worse="high"
)
