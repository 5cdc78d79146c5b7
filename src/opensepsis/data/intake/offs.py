"""What a text says of support or a device that is off: *off*, *extubated*, *BiPAP off*. It ends what was charted before without an end."""

from collections.abc import Iterator

from opensepsis.data.intake.not_given import HELD, STOPPED, dose_action
from opensepsis.data.intake.printed import is_missing, read_printed
from opensepsis.data.intake.text_codes import absent_words, is_absent, is_asked, plain, word_of
from opensepsis.definitions.concepts import CONCEPTS
from opensepsis.definitions.concepts.wording import PRESENT
from opensepsis.definitions.signals.measured import SUPPORT_DEVICES
from opensepsis.rules import Kind
from opensepsis.rules.offs import OFF, is_off, off_with, words_off

ENDED = "ended"  # the part of an origin under which stands what ended with something else
_AIR = "air"
_OTHER = {"ventilation": "oxygen", "oxygen": "ventilation"}
_SEVERAL = frozenset({"device"})  # a patient has several at once: a bare word does not tell which is gone
_LONGEST = 3  # words of a phrase for nothing
# infusions by their rate; one that stands still is off too
PUMPS = [c.name for c in CONCEPTS.values() if c.kind is Kind.INTERVAL and c.unit]
YES_OR_NO = [c.name for c in CONCEPTS.values() if c.is_yes_or_no]


def off_text(concept: str, said: str, word: str = "") -> str | None:
    """What a row says by a text for what is not there: `off`, or `off` with the words of the concept that are not; of oxygen air.

    `word` is what the row names beside it. None for another text, or where it is not told what is off; words of the concept come first.

    >>> off_text("dialysis", "stopped"), off_text("ventilation", "BiPAP off"), off_text("oxygen", "extubated")
    ('off', 'off noninvasive', 'off endotracheal tube')
    >>> off_text("oxygen", "none"), off_text("ventilation", "not weaned"), off_text("device", "removed"), off_text("antibiotic", "none")
    (None, None, None, None)
    >>> off_text("device", "removed", "Foley"), off_text("ventilation", "off noninvasive"), off_text("oxygen", "removed")
    ('off urinary catheter', 'off noninvasive', 'air')
    """
    if concept in PUMPS:
        return OFF if said == OFF else None
    if not CONCEPTS[concept].is_yes_or_no or is_asked(said) or word_of(concept, said) is not None:
        return None
    if words_off(said) and is_off(said) and set(words_off(said)) <= set(CONCEPTS[concept].words):
        return said
    if is_absent(concept, said):
        return _bare(concept, absent_words()[plain(said)], word)
    named = next((found for rest in _beside(plain(said)) if (found := word_of(concept, rest))), None)
    return _off(concept, named) if named and named != _AIR else None


def _off(concept: str, word: str) -> str:
    """Off with a word; with the only one that a concept has, as without any."""
    return off_with([word] if len(CONCEPTS[concept].words) > 1 else [])


def _bare(concept: str, of: str, word: str) -> str | None:
    named = word_of(concept, word) if word else None
    if named:
        return _off(concept, named)
    if of:
        return off_with(twins) if (twins := _in_words_of(concept, of)) else None
    return None if concept in _SEVERAL else _AIR if concept == "oxygen" else off_with([])


def _beside(said: str) -> Iterator[str]:
    """What is left of a text without a word for nothing at its beginning or end."""
    words = said.split()
    for count in range(min(_LONGEST, len(words) - 1), 0, -1):
        for phrase, rest in ((words[:count], words[count:]), (words[-count:], words[:-count])):
            if (told := " ".join(phrase)) in absent_words() and len(told) > 1:
                yield " ".join(rest)


def is_there(concept: str, said: str) -> bool:
    """Whether a text says of what is there or not that it is, without a word of the concept.

    >>> is_there("dialysis", "Yes"), is_there("ecmo", "TRUE"), is_there("dialysis", "CRRT"), is_there("lactate", "yes")
    (True, True, False, False)
    """
    there = CONCEPTS[concept].is_yes_or_no and not is_asked(said) and plain(said) in PRESENT
    return there and word_of(concept, said) is None


def stands_still(said: str) -> bool:
    """Whether a rate, as a number or in words, says that a pump stands still.

    >>> stands_still("off"), stands_still("Infusion stopped"), stands_still("held - MAP 80"), stands_still("0.00")
    (True, True, True, True)
    >>> stands_still("bitartrate"), stands_still("off?"), stands_still("none"), stands_still("<0.1")
    (False, False, False, False)
    """
    printed = read_printed(said)
    if printed is not None:
        return printed.number == 0 and not printed.limit
    off = plain(said) in absent_words() or dose_action(said) in (HELD, STOPPED)
    return off and not is_missing(said) and not is_asked(said)


def says_nothing(concept: str, said: str) -> bool:
    """Whether a cell of what is given, done or there says that it is not: *off* of a pump, *none* of a dose, *no* of a machine.

    >>> says_nothing("norepinephrine", "on hold"), says_nothing("antibiotic", "None"), says_nothing("ventilation", "no")
    (True, True, True)
    >>> says_nothing("antibiotic", "vancomycin"), says_nothing("oxygen", "none"), says_nothing("lactate", "none")
    (False, False, False)
    """
    if concept in PUMPS:
        return stands_still(said)
    if CONCEPTS[concept].kind is Kind.EVENT:
        return plain(said) in absent_words() and not is_asked(said)
    return is_absent(concept, said)


def off_with_it(concept: str, off: str) -> tuple[str, str] | None:
    """What is off with ventilation, or with an oxygen device that is ventilation: the other concept and its text; None where nothing is.

    >>> off_with_it("ventilation", "off invasive"), off_with_it("oxygen", "off nasal cannula"), off_with_it("ecmo", "off")
    (('oxygen', 'off endotracheal tube'), None, None)
    """
    other, words = _OTHER.get(concept), words_off(off)
    if other is None or (concept == "oxygen" and not words):
        return None
    kinds = [k for k, devices in SUPPORT_DEVICES.items() if not words or not {k, *devices}.isdisjoint(words)]
    theirs = [word for kind in kinds for word in _in_words_of(other, kind)]
    return (other, off_with(theirs)) if theirs else None


def _in_words_of(concept: str, kind: str) -> list[str]:
    """A kind of ventilation in the words of ventilation, or as the oxygen devices by which it is given."""
    return [kind] if concept == "ventilation" else [*SUPPORT_DEVICES[kind]] if concept == "oxygen" else []
