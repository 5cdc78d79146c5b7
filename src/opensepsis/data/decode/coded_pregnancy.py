"""Pregnancy as a charted diagnosis tells it."""

from dataclasses import replace

from opensepsis.data.intake.pregnancy_codes import pregnancy_word
from opensepsis.data.timeline.event import Event
from opensepsis.definitions.concepts.cultures import DIAGNOSIS
from opensepsis.definitions.concepts.person import PREGNANCY


def pregnancy_of(event: Event) -> Event | None:
    """What a charted diagnosis tells of pregnancy, under its origin; a diagnosis that is taken back takes that back. None: nothing.

    >>> pregnancy_of(Event("diagnosis", 5, known=9, text="ICD10:O14.1", origin="c")).text
    'pregnant'
    """
    if event.concept != DIAGNOSIS.name:
        return None
    word = pregnancy_word(event.text) if event.text else None
    return None if event.text and not word else replace(event, concept=PREGNANCY.name, value=None, text=word)
