"""Golden scenarios of the patients themselves: who is ill, who is treated, for whom a rule is not made. Typed from live.md, section 5.3."""

from tests.support.ward.feeds import to_microseconds
from tests.support.ward.shock import SSC, shock

NICE = "nice_ng253"
DAY = 24 * 60


def test_01_textbook_ward_sepsis(day):
    day.admit(0)
    day.well(10)
    assert day.alerts() == []
    day.ill(120)
    assert day.alerts() == ["alert"]
    assert day.last().reasons == ("NEWS2 12 (7 of 7 rows known)", "qSOFA 2 (2 of 3 rows known)")
    day.does(125, "acknowledge")
    day.culture(130)
    day.dose(150)
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done in time"
    day.result(140, late=200, creatinine=2.4, platelets=88, lactate=3.0)
    assert day.patient().found["sepsis3"]
    assert day.states(SSC, "sepsis3") | {"source_control": ""} == {
        "antibiotic": "done in time", "lactate": "done in time", "repeat_lactate": "not due", "fluid_30": "not due",
        "source_control": "",
    }  # fmt: skip
    assert day.states(SSC, "suspected_infection") == {
        "antibiotic": "done in time"
    }  # suspected before it was sepsis
    assert day.alerts() == ["alert", "acknowledged", "alert"]  # two organs more, in spite of the treatment
    assert day.last().words == "new organ: coagulation, kidney"
    day.result(300, lactate=1.6)
    assert day.task(SSC, "sepsis3", "repeat_lactate").state == "done in time"
    assert day.audited() == [("nurse", "acknowledge")]


def test_02_emergency_department_shock(day):
    shock(day)


def test_03_already_treated(day):
    day.admit(0)
    day.culture(5)
    day.dose(10)
    day.result(60, rate=21, spo2=95, systolic=108, pulse=112, temp=37.0, flow=0)  # NEWS2 6
    assert day.alerts() == ["watch", "suppressed"]
    assert day.last().words == "already treated"
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done in time"
    day.wait(200)
    assert day.alerts() == ["watch", "suppressed"]  # nobody is called, nothing escalates


def test_15_chronic_lung_disease_with_scale_2_by_order_only(day):
    day.admit(0)
    day.condition(5, "J44.1")
    day.word(9, "67775-7", ("A", "A"))
    signs = {"rate": 22, "spo2": 89, "systolic": 125, "pulse": 85, "temp": 37.0, "flow": 2}
    day.result(10, **signs)
    assert day.total("news2", 10) == 2 + 3 + 2  # a diagnosis switches nothing
    assert day.alerts() == ["alert"]
    day.does(20, "acknowledge")
    day.order(30, "scale_2")
    assert day.total("news2", 30) == 2 + 0 + 2
    assert day.alerts() == ["alert", "acknowledged"]
    day.wait(149)
    assert day.alerts()[-1] == "acknowledged"
    day.wait(150)
    assert day.alerts() == ["alert", "acknowledged", "resolved"]
    day.result(200, **signs | {"spo2": 97})
    assert day.total("news2", 200) == 2 + 3 + 2  # too much oxygen counts on scale 2, on scale 1 it would not
    assert day.alerts()[-1] == "resolved"  # no news within the lockout
    day.result(280, **signs)
    day.order(300, "scale_2", began=30)
    assert (day.total("news2", 299), day.total("news2", 300)) == (4, 7)
    day.word(640, "67775-7", ("A", "A"))
    day.result(650, **signs)
    assert day.alerts()[3:] == ["alert"]  # the lockout is over
    assert day.patient().tasks == []
    assert day.audited() == [("nurse", "acknowledge")]


def test_16_creatinine_of_a_dialysis_patient_put_down_to_it(day):
    day.admit(0)
    day.well(10)
    day.result(20, creatinine=7.2)
    day.culture(30)
    day.dose(40)
    assert day.total("sofa", 40) == 4
    assert day.patient().found["sepsis3"]
    assert day.alerts()[-1] == "suppressed"
    told = {"concept": "creatinine", "reason": "haemodialysis for years", "minutes": "10080"}
    day.does(60, "attribute", "physician", **told)
    assert day.total("sofa", 60) is None  # not normal: not known
    assert day.patient().found["sepsis3"] == []
    assert set(day.states(SSC, "sepsis3").values()) == {"contradicted"}
    assert day.task(SSC, "suspected_infection", "antibiotic").state == "done in time"
    last = list(day.store.transitions())[-2:]
    assert [t.state.value for t in last] == ["withdrawn", "watch"]
    assert last[0].words == "creatinine put down to a chronic condition: haemodialysis for years"
    page = day.page()
    assert "7.2 mg/dL" in page and "not counted" in page and "haemodialysis for years (physician)" in page
    day.result(300, creatinine=7.6)
    assert day.patient().found["sepsis3"] == []
    day.result(400, platelets=44)
    assert day.total("sofa", 400) == 3  # another organ still counts
    assert day.patient().found["sepsis3"][0].organ_failure == to_microseconds(400)
    end = 60 + 7 * DAY
    day.result(end - 1, creatinine=7.5)
    assert day.total("sofa", end) is None
    day.result(end, late=end + 1, creatinine=7.5)
    assert day.total("sofa", end) == 4  # it has run out: what is measured from now on counts
    day.does(end + 10, "count", "physician", concept="creatinine")
    assert day.total("sofa", 60) == 4
    assert day.audited() == [("physician", "attribute"), ("physician", "count")]


def test_17_comfort_care_suppresses_and_keeps_the_line(day):
    day.admit(0)
    day.order(5, "comfort")
    day.ill(30)
    assert day.alerts() == ["suppressed"]
    assert day.last().words == "comfort care"
    day.culture(40)
    day.dose(50)
    day.result(45, late=60, creatinine=4.0, platelets=40)
    assert set(day.states(SSC, "sepsis3").values()) == {"not indicated"}
    day.wait(600)
    assert day.alerts() == ["suppressed"]
    assert [bed.comfort_care for bed in day.hospital.board(None)] == [True]
    day.order(700, "comfort", began=5)
    assert day.hospital.board(None)[0].comfort_care is False


def test_24_a_child_gets_no_news2(new_day):
    day = new_day(born="20200101")
    day.admit(0)
    day.ill(30)
    assert day.alerts() == ["alert"]  # by SpO₂ 91 %, 4 points of England's PEWS
    assert day.total("news2", 30) == "made for 16 years and over"
    assert "made for under 18 years" not in str(day.total("phoenix", 30))
    bed = day.hospital.board(None)[0]
    told = {score.name: score for score in bed.scores}
    assert "news2" not in told and told["npews"].total == day.total("npews", 30) >= 5
    assert told["npews"].grave and "nice_5_to_11" in told and "nice_under_5" not in told
    day.culture(40)
    day.dose(50)
    assert day.states("ssc2026_children", "phoenix_sepsis") == {}
    assert not [t for t in day.patient().tasks if t.clock in (SSC, NICE)]


def test_25_in_pregnancy_no_news2_and_no_ng253(mother):
    mother.admit(0)
    mother.pregnancy(5)
    mother.ill(30)
    assert (
        mother.total("news2", 30)
        == "not made for patients charted as pregnant or charted in the last 42 days as recently pregnant"
    )
    assert mother.total("qsofa", 30) == 2
    assert mother.alerts() == ["alert"]  # by SpO₂ 91 %, a maternal early warning criterion
    mother.culture(40)
    mother.dose(50)
    mother.result(45, late=60, creatinine=2.4, platelets=88, lactate=3.0)
    assert mother.patient().found["sepsis3"]
    assert mother.alerts() == ["alert", "escalated"]
    assert not [t for t in mother.patient().tasks if t.clock == NICE]
    assert mother.task(SSC, "sepsis3", "antibiotic").state == "done in time"
    assert (
        "not made for patients charted as pregnant or charted in the last 42 days as recently pregnant"
        in mother.page()
    )
    told = {score.name: score for score in mother.hospital.board(None)[0].scores}
    assert told["nice_pregnant"].total == 2 and told["nice_pregnant"].grave == "high"
    assert "news2" not in told and "npews" not in told


def test_25_maternal_sepsis_is_shown_and_calls_nobody_by_itself(mother):
    mother.admit(0)
    mother.pregnancy(5)
    mother.result(10, rate=25, pulse=112, temp=38.2, spo2=97, systolic=118)
    mother.result(12, late=14, creatinine=1.9, platelets=90)
    mother.culture(20)
    mother.dose(30)
    mother.wait(70)
    bed = mother.hospital.board(None)[0]
    told = {score.name: score for score in bed.scores}
    assert (told["cmqcc_step_1"].total, told["cmqcc_step_2"].total, told["omsofa"].total) == (3, 2, 4)
    found = mother.patient().found
    assert found["cmqcc_sepsis"] and found["who_maternal_sepsis"]
    assert "Maternal sepsis (WHO 2017)" in bed.phenotypes
    assert not [t for t in mother.store.transitions() if "aternal sepsis" in " ".join(t.reasons)]


def test_25_in_pregnancy_by_a_diagnosis_too(mother):
    mother.admit(0)
    mother.condition(5, "O14.1")
    mother.ill(30)
    assert (
        mother.total("news2", 30)
        == "not made for patients charted as pregnant or charted in the last 42 days as recently pregnant"
    )
    told = {score.name: score for score in mother.hospital.board(None)[0].scores}
    assert told["nice_pregnant"].total == 2 and "news2" not in told


def test_25_a_pregnancy_told_late_clears_no_alert(mother):
    mother.admit(0)
    mother.ill(30)
    assert mother.alerts() == ["alert"]
    mother.culture(35)
    mother.dose(40)
    mother.wait(65)
    assert set(mother.states(NICE, "news2_high").values()) & {"done in time", "due"}
    mother.pregnancy(66)
    assert set(mother.states(NICE, "news2_high").values()) == {"not indicated"}
    assert {t.reason for t in mother.patient().tasks if t.clock == NICE} == {"pregnancy: NG255 applies"}
    mother.wait(400)
    assert mother.alerts() == [
        "alert",
        "escalated",
        "escalated",
    ]  # a score that is not made any more clears nothing
    mother.does(401, "dismiss", "physician", reason="other cause")
    assert mother.alerts()[-1] == "dismissed"
    assert mother.audited() == [("physician", "dismiss")]


def test_26_a_partial_score_raises_and_never_clears(day):
    day.admit(0)
    day.ill(10)
    assert day.alerts() == ["alert"]
    assert day.last().reasons == ("NEWS2 12 (5 of 7 rows known)", "qSOFA 2 (2 of 3 rows known)")
    day.result(60, rate=14, spo2=98)  # pressure, pulse and temperature go stale
    day.wait(60 * 30)
    assert day.alerts() == ["alert", "escalated"]
    assert day.patient().alert_record.open
    day.well(60 * 31)
    day.wait(60 * 34)
    assert day.alerts() == ["alert", "escalated", "resolved"]
    assert day.patient().tasks == []


def _shock(day):
    day.admit(0, "ED")
    day.ill(5, systolic=76, mean=52)
    day.culture(10)
    day.dose(20)
    day.result(10, late=40, lactate=5.2, creatinine=2.6, platelets=70)
    day.dose(30, "norepinephrine", amount=0.12, unit="ug/kg/min", end=600, late=95)


def _aims(day, minute: float) -> list[tuple[str, str]]:
    day.wait(minute)
    return [(a.title, a.standing) for a in day.hospital.patient(day.key(), None).aims]


def test_28_from_65_years_a_mean_pressure_of_60_to_65_is_the_aim(new_day):
    old, young = new_day(born="19560101"), new_day(born="19660101")
    for day in (old, young):
        _shock(day)
        day.result(121, mean=62, systolic=88)
        assert day.patient().found["septic_shock"]
    theirs, usual = "MAP of 60 to 65 mmHg from 65 years", "MAP of 65 mmHg or more"
    assert _aims(old, 122) == [(theirs, "within")]
    assert _aims(young, 122) == [(usual, "below")]
    calls = old.alerts()
    assert calls == young.alerts()  # an aim calls nobody
    for minute, mean, standing in (
        (130, 59, "below"),
        (140, 60, "within"),
        (145, 65, "within"),
        (150, 72, "above"),
    ):
        for day in (old, young):
            day.result(minute, mean=mean, systolic=100)
        assert _aims(old, minute) == [(theirs, standing)]
    assert _aims(young, 151) == [(usual, "within")]
    assert "within" in young.page() and usual in young.page()
    assert _aims(old, 150 + 60) == [(theirs, "not known")]  # an old measurement tells nothing
    assert old.alerts() == [*calls, "escalated"]  # for nobody answered the call of shock
    assert old.states(SSC, "septic_shock")["antibiotic"] == "done in time"
