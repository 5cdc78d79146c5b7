"""What it led to: built on the scores and phenotypes."""

from opensepsis.definitions.concepts import drugs
from opensepsis.definitions.course.sites import coded, done
from opensepsis.definitions.course.treatment import DOSES
from opensepsis.definitions.phenotypes.septic_shock import SEPTIC_SHOCK
from opensepsis.definitions.scores.ards import ARDS
from opensepsis.definitions.scores.clotting import ISTH_DIC_2001
from opensepsis.definitions.scores.kdigo import KDIGO
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.rules import Criterion, Finding, Had, Part, Reached, Sign


def _complication(name: str, title: str, *marks: Criterion, unit: str = "") -> Finding:
    return Finding(name=name, title=title, part=Part.COMPLICATION, marks=marks, unit=unit)


COMPLICATIONS = (
    _complication("aki", "Acute kidney injury (KDIGO)", Reached(score=KDIGO, at_least=1), unit="stage"),
    _complication("ards", "ARDS by oxygenation (Berlin)", Reached(score=ARDS, at_least=1), unit="grade"),
    _complication("dic", "Overt DIC (ISTH 2001)", Reached(score=ISTH_DIC_2001, at_least=5), unit="points"),
    _complication("delirium", "Delirium", Sign(concept=drugs.DELIRIUM_DRUG, beside=DOSES), coded("delirium")),
    _complication("coma", "Coma", Reached(score=SOFA, row="brain", at_least=3), coded("coma"), unit="points"),
    _complication("shock", "Septic shock (Sepsis-3)", Had(phenotype=SEPTIC_SHOCK)),
    _complication("gangrene", "Gangrene or amputation", coded("gangrene"), done("amputation")),
)
