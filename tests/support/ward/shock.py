"""The day on which septic shock begins, which some scenarios go on from."""

from tests.support.ward.feeds import to_microseconds

SSC = "ssc2026_adults"


def shock(day) -> None:
    """Septic shock in the emergency department: golden scenario 2."""
    day.admit(0, "ED")
    day.ill(5, systolic=76, mean=52)
    assert day.alerts() == ["alert"]
    day.culture(10)
    day.dose(20)
    day.result(10, late=40, lactate=5.2, creatinine=2.6, platelets=70)
    day.dose(60, "norepinephrine", amount=0.12, unit="ug/kg/min", end=600)
    shock = day.patient().found["septic_shock"]
    assert [e.onset for e in shock] == [to_microseconds(120)]  # a vasopressor counts from its sixtieth minute
    assert day.states(SSC, "septic_shock")["antibiotic"] == "done in time"
    assert day.states(SSC, "septic_shock")["fluid_30"] == "not known"  # no weight
    assert day.states(SSC, "sepsis3")["lactate"] == "done in time"  # sepsis came first: its arm runs on
    assert (day.last().state, day.last().level) == ("alert", "critical")
    assert day.last().reasons[0] == "Septic shock (Sepsis-3), 8 h ago"
    assert day.patient().visit.kind == "emergency"
