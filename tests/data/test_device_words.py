"""Words of oxygen and ventilation as wards chart them."""

import pytest

from opensepsis.data.intake.text_codes import plain, word_of
from opensepsis.definitions.concepts.wording import listed

READ = {
    ("oxygen", "air"): (
        "self ventilating in air|SV on air|weaned to room air|"
        "room air|RA|Room air 21%|Raumluft|air ambiant|aire ambiente|romluft|none|nil|FiO2 0.21 room air|room air (21 %)"
    ),
    ("oxygen", "nasal cannula"): (
        "NC|2L NC|NC 2L|nasal cannula 2 L/min|2 L/min via nasal cannula|O2 2 L NC|"
        "Oxygen 4 lpm via nasal cannula|Nasenbrille 2 l/min|gafas nasales|lunettes"
    ),
    ("oxygen", "non-rebreather mask"): "NRB|NRB 15L|15 L non-rebreather|100% NRB|masque haute concentration|Reservoirmaske 10 l/min",
    ("oxygen", "venturi mask"): "venturi mask 40%|40 % venturi|Venturi 28%|Venturimaske",
    ("oxygen", "high flow nasal cannula"): "HFNC 50L 40%|HFNC|Optiflow|high flow|Airvo 60 L/min FiO2 0.5|High-Flow|GNAF",
    ("oxygen", "bipap mask"): "bipap mask|BiPAP|NIV|VNI|BiPAP 40%",
    ("oxygen", "cpap mask"): "CPAP|CPAP helmet|nasal CPAP|CPAP 5",
    ("oxygen", "tracheostomy mask"): "trach collar|trach collar 35%|trach mask|Swedish nose",
    ("oxygen", "endotracheal tube"): "ETT|ventilator|intubated|intubiert|vent 40%|beatmet",
    ("ventilation", "invasive"): "ventilator|mechanically ventilated|intubated|HFOV|invasive Beatmung",
    ("ventilation", "noninvasive"): "NIV|BiPAP|VNI|nicht-invasive Beatmung",
    ("ventilation", "high_flow"): "Vapotherm|HFNC|Optiflow|HFNC 60 L/min",
}  # fmt: skip
NOT_KNOWN = "no nasal cannula|off NC|NC removed|room air, 2 L NC|room air 2 L|Draeger|2|2 L/min|not on room air|weaned from ventilator"


@pytest.mark.parametrize(
    ("concept", "word", "said"), [(*key, s) for key, many in READ.items() for s in many.split("|")]
)
def test_read(concept, word, said):
    assert word_of(concept, said) == word


@pytest.mark.parametrize("said", NOT_KNOWN.split("|"))
def test_not_known(said):
    assert word_of("oxygen", said) is None and word_of("ventilation", said) is None


def test_every_spelling_has_one_word():
    seen = {}
    for row in listed("words"):
        for spelling in (row["spelling"], row["word"]):
            assert seen.setdefault((row["concept"], plain(spelling)), row["word"]) == row["word"], spelling
