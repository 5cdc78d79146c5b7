"""What made the patient prone to infection, as known up to it."""

from opensepsis.definitions.concepts import drugs, support
from opensepsis.definitions.course.sites import coded, done
from opensepsis.definitions.course.treatment import DOSES
from opensepsis.rules import Aged, Criterion, EarlierStay, Edge, Finding, Part, Sign, Span, Words, days, hours

# chronic illness stays: what was coded at an earlier stay counts, and is known since
EVER = Span(Edge.EVER, hours(0), Edge.ADMISSION)
BEFORE_INFECTION = Span(Edge.STAY, hours(24), Edge.INFECTION)
QUARTER = Span(Edge.ADMISSION, days(90), Edge.INFECTION)


def _risk(name: str, title: str, *marks: Criterion) -> Finding:
    return Finding(name=name, title=title, part=Part.RISK_FACTOR, marks=marks)


def _chronic(name: str, title: str, *marks: Criterion) -> Finding:
    return _risk(name, title, coded(name, span=EVER), *marks)


def _device(*words: str) -> Sign:
    return Sign(concept=support.DEVICE, reading=Words(words), span=BEFORE_INFECTION)


RISKS = (
    _risk("age_65", "65 years or older", Aged(at_least=65)),
    _risk("age_under_1", "Under 1 year", Aged(below=1)),
    _risk("pregnancy", "Pregnancy, childbirth and the puerperium", coded("pregnancy")),
    _chronic("diabetes", "Diabetes"),
    _chronic("cancer", "Cancer"),
    _chronic("chronic_lung", "Chronic lung disease"),
    _chronic("chronic_kidney", "Chronic kidney disease"),
    _chronic("chronic_liver", "Chronic liver disease"),
    _chronic("immune_disease", "Immunosuppression by disease"),
    _chronic(
        "immune_drugs",
        "Immunosuppression by drugs",
        Sign(concept=drugs.IMMUNOSUPPRESSANT, span=QUARTER, beside=DOSES),
    ),
    _risk("recent_surgery", "Surgery in the 90 days before", done("surgery", span=QUARTER)),
    _risk("recent_stay", "Hospital stay in the 90 days before", EarlierStay(within=days(90))),
    _risk(
        "central_line",
        "Central line",
        _device("central line", "dialysis catheter"),
        done("central_line", span=BEFORE_INFECTION),
    ),
    _risk(
        "urinary_catheter",
        "Urinary catheter",
        _device("urinary catheter"),
        done("urinary_catheter", span=BEFORE_INFECTION),
    ),
    _risk(
        "breathing_tube",
        "Tracheal tube",
        Sign(concept=support.VENTILATION, reading=Words(("invasive",)), span=BEFORE_INFECTION),
        done("breathing_tube", span=BEFORE_INFECTION),
    ),
    _risk(
        "other_tube",
        "Drain or tube in brain, chest, gut or kidney",
        _device("brain catheter"),
        done("other_tube", span=BEFORE_INFECTION),
    ),
)
