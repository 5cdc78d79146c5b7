"""Orders whose words may limit care are shown for a person and silence nothing."""

import pytest

from tests.support.ward.telling import whom


@pytest.mark.parametrize(
    "words",
    ["Palliative care consult", "Palliativkonsil", "Refer to hospice", "Best supportive care", "Therapiebegrenzung", "End-of-life pathway"],
)  # fmt: skip
def test_words_that_may_limit_care_are_shown_and_silence_nothing(day, words):
    day.admit(0)
    order = (
        f"ORC|NW|C1||||||||{day.stamp(10)}\rOBR|1|C1||X1^{words}^L\r",
        {
            "resourceType": "ServiceRequest", "id": "C1", "status": "active", "intent": "order", "subject": whom("1"),
            "code": {"text": words}, "authoredOn": day.iso(10),
        },
    )  # fmt: skip
    day.send(10, day._head("OMG^O19", 10, "1") + order[0], order[1])
    day.ill(20)
    assert any(alert.startswith("alert") for alert in day.alerts()), day.alerts()
    page = day.page()
    assert words in page and "a person must decide" in page


@pytest.mark.parametrize(
    "words",
    [
        "Chest X-ray",
        "Supported standing",
        "Comfortable shoes",
        "Studying fatigue",
        "Fecal softener",
        "Bodying weight",
    ],
)
def test_other_orders_are_no_matter_for_a_person(day, words):
    day.admit(0)
    asked = {
        "resourceType": "ServiceRequest", "id": "C1", "status": "active", "intent": "order", "subject": whom("1"),
        "code": {"text": words}, "authoredOn": day.iso(10),
    }  # fmt: skip
    hl7 = day._head("OMG^O19", 10, "1") + f"ORC|NW|C1||||||||{day.stamp(10)}\rOBR|1|C1||X1^{words}^L\r"
    day.send(10, hl7, asked)
    assert "a person must decide" not in day.page()
