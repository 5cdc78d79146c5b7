"""Where the NHSN draft is silent or contradicts itself, and what is taken."""

from opensepsis.rules import Choice

CHOICES = (
    Choice(
        "adult",
        "18 years or more on the day of presentation, by the date of birth where it is known",
        "no number is printed",
    ),
    Choice(
        "days of the draft",
        "calendar days of the hospital's time zone; day 1 is that of presentation: visits (emergency or observation) that end at most 1 h "
        "before the admission, chained, are part of the stay",
        "which visit belongs to a stay is not said; label hospital stays, and visits by themselves",
    ),
    Choice("visits that led to a stay", "are not judged by themselves", "their events are those of the stay"),
    Choice("cultures close together", "each has its own window", "a figure draws two under one bar"),
    Choice(
        "culture of the draft",
        "of blood, whatever grew, not for viruses; the day it was taken",
        "the table says ordered",
    ),
    Choice(
        "principal diagnosis",
        "a diagnosis of the stay marked principal (`ICD10:A41.9|principal`); where two differ, only if both are infections",
        "a principal diagnosis twice is not known",
    ),
    Choice(
        "infection as principal diagnosis",
        "the codes of sepsis and the course's list `infection`",
        "the draft prints no list",
    ),
    Choice(
        "window without a culture",
        "around the first new parenteral antimicrobial of the stay; only where the stay has no blood culture",
        "not said",
    ),
    Choice("codes of the stay", "diagnoses from the day of presentation to the day of discharge", "not said"),
    Choice(
        "present on admission",
        "as marked (`|poa`, `|not_poa`); without a mark, recorded on inpatient days −1 to 2",
        "the draft's own words for the days; a mark is what the hospital coded",
    ),
    Choice("days in a row", "the day after the last dose is not a qualifying day", "a figure draws one"),
    Choice("drug list", "that of the toolkit of 2018", "the draft has none"),
    Choice(
        "parenteral drug",
        "a new drug of the count, given by vein or muscle on its first day, in the window",
        "oral and intravenous forms are one drug: a switch is not new",
    ),
    Choice("first drug fails", "a later new drug of the window that leads to enough days counts", "not said"),
    Choice(
        "a visit by itself",
        "of the ends that allow fewer days only death counts for patients who were in no inpatient location",
        "the draft names death alone there",
    ),
    Choice(
        "pressures",
        "cuff or arterial, as charted; one moment is one reading",
        "not said; how a pressure was taken is not in the timeline",
    ),
    Choice(
        "two readings",
        "a systolic and a mean make two; at most 3 h 0 min apart, the second in the window; a normal one between does not matter",
        "not said",
    ),
    Choice(
        "vasopressors of the draft",
        "the five, an infusion at a rate above 0; single boluses do not count, the operating room is not in the timeline",
        "'not limited to'",
    ),
    Choice(
        "mask or high flow",
        "non-invasive ventilation, CPAP and high flow together, charted as ventilation or as oxygen device; two calendar days in a row, "
        "the first in the window, none on the day before it",
        "not said; night-time devices from home cannot be distinguished",
    ),
    Choice(
        "present the day before",
        "the criterion itself met on that day; adding a vasopressor to another is not an escalation",
        "not said",
    ),
    Choice("excluding codes", "coded for the stay, present on admission or not", "the draft does not ask"),
    Choice(
        "cirrhosis",
        "rules bilirubin out only with a code of moderate to severe disease",
        "AHRQ lists cirrhosis itself as mild",
    ),
    Choice(
        "haemolytic anaemia", "D55 to D59 without sickle-cell trait", "no list is given, and AHRQ has none"
    ),
    Choice(
        "assumed baseline",
        "the better of assumed and measured",
        "it exists so that death does not hide dysfunction",
    ),
    Choice("two days preceding", "ignored; in hospital the window", "it fits neither paragraph"),
    Choice(
        "day of dysfunction",
        "hypotension: the second reading; mask or high flow: the first of its days",
        "not said",
    ),
    Choice("both onsets fit", "community", "not said"),
    Choice("sex not known", "the limits of men", "the higher ones"),
    Choice("platelets never 100", "not used, for community onset either", "printed only for hospital onset"),
    Choice(
        "discharged alive",
        "anywhere but to hospice or another acute hospital; including an unknown place",
        "not said",
    ),
    Choice(
        "nothing measured",
        "a criterion without values is not met: an event is present or absent, never unknown",
        "as in 2018",
    ),
    Choice("known", "when the stay is over", "baselines and days of treatment need all of it"),
)
