"""One form for a coded diagnosis, from whatever source: `ICD10:A41.9|principal`, `ICD9:995.92`."""

import re

QUALIFIED = "a word after the code that is not principal, poa or not_poa, and may take it back"
_READ = frozenset(("principal", "poa", "not_poa"))
_SAY_NOTHING = frozenset(
    ("secondary", "comorbidity", "admitting", "admission", "discharge", "confirmed", "final", "active")
)
_CODE = re.compile(r"(?:ICD-?\d+(?:-?CM)?:)?\s*(?=\S*\d)[A-Z0-9.]{3,8}\s*", re.IGNORECASE)
_CODED = re.compile(r"\s*ICD-?(9|10)(?:-?CM)?:\s*([A-Z0-9][A-Z0-9.]*)\s*((?:\|.*)?)$", re.IGNORECASE)


def diagnosis_in_words(text: str) -> str:
    """The system, the code with its dot and the marks; a text without a system says what it says.

    >>> diagnosis_in_words("ICD10:A419|principal"), diagnosis_in_words("icd9:e8800"), diagnosis_in_words("ICD10:I10")
    ('ICD10:A41.9|principal', 'ICD9:E880.0', 'ICD10:I10')
    >>> diagnosis_in_words("N186|poa"), diagnosis_in_words("sepsis")
    ('N186|poa', 'sepsis')
    """
    coded = _CODED.match(text)
    if not coded:
        return text
    system, code, marks = coded.groups()
    plain = code.replace(".", "").upper()
    # external causes of ICD-9 have the dot after the fourth character, everything else after the third
    whole = 4 if system == "9" and plain.startswith("E") else 3
    return f"ICD{system}:{plain[:whole]}{'.' if len(plain) > whole else ''}{plain[whole:]}{marks}"


def why_doubtful(text: str) -> str:
    """Why a coded diagnosis is not taken as one; empty where it is.

    >>> why_doubtful("ICD10:A41.9|rule out") == QUALIFIED, why_doubtful("A419|suspected") == QUALIFIED
    (True, True)
    >>> why_doubtful("ICD10:A41.9|principal|POA"), why_doubtful("ICD10:A41.9|secondary"), why_doubtful("cardiovascular|shock")
    ('', '', '')
    """
    code, marks = code_and_marks(text)
    return QUALIFIED if marks - _READ - _SAY_NOTHING and _CODE.fullmatch(code) else ""


def code_and_marks(text: str) -> tuple[str, set[str]]:
    """What stands before the first bar, and the words after it.

    >>> code_and_marks("ICD10:A41.9 |Not POA") == ("ICD10:A41.9", {"not_poa"}), code_and_marks("sepsis")
    (True, ('sepsis', set()))
    """
    code, *marks = text.split("|")
    return code.strip(), {"_".join(mark.casefold().split()) for mark in marks} - {""}
