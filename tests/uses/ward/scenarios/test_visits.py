"""Several visits of one patient at once: the stay decides where the patient is, and whether."""

from opensepsis.uses.ward.model.facts import Move, Visited
from opensepsis.uses.ward.state.visits import visits_of
from tests.support.ward.telling import whom


def clinic(day, minute: float, ended: bool) -> None:
    """A patient of a ward is registered at the dialysis clinic under another number, and leaves it again."""
    event = "A03" if ended else "A04"
    visit = f"EVN|{event}|{day.stamp(minute)}\rPV1|1|O|DIAL^1^1||||||||||||||||O1\r"
    period = {"start": day.iso(40)} | ({"end": day.iso(minute)} if ended else {})
    day.send(minute, day._head(f"ADT^{event}", minute, "1") + visit, {
        "resourceType": "Encounter", "id": "O1", "status": "finished" if ended else "in-progress", "class": {"code": "AMB"},
        "subject": whom("1"), "period": period, "location": [{"location": {"display": "DIAL"}}],
    })  # fmt: skip


def on_board(day) -> list[str]:
    return [bed.ward for bed in day.hospital.board(None)]


def test_leaving_a_clinic_is_not_leaving_the_ward(day):
    day.admit(0)
    day.ill(20)
    clinic(day, 40, ended=False)
    assert on_board(day) == ["3B"]
    clinic(day, 100, ended=True)
    assert on_board(day) == ["3B"]
    assert "resolved" not in day.alerts()
    day.admit(200, event="A03")
    assert on_board(day) == []


def test_who_only_comes_to_the_clinic_is_there_until_they_leave(day):
    clinic(day, 40, ended=False)
    assert on_board(day) == ["DIAL"]
    clinic(day, 100, ended=True)
    assert on_board(day) == []


def test_who_is_expected_is_admitted_when_they_come():
    expected = Visited("A|1", "v", Move.UPDATE, 5, 5, ward="3B")
    came = Visited("A|1", "v", Move.ADMIT, 9, 9, ward="3B")
    never = Visited("A|1", "v", Move.CANCEL_ADMIT, 9, 9)
    assert [v.admitted for v in visits_of([expected])] == [5]
    assert [v.admitted for v in visits_of([expected, came])] == [9]
    assert visits_of([expected, never]) == []
