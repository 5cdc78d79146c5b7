"""Prints how hard the plain pages are to read: the Flesch-Kincaid grade in English, the fourth Wiener Sachtextformel in German.

Run: python scripts/reading_grade.py. Syllables are groups of vowels, without the silent e of English.
"""

import re

from opensepsis.learn.page import statements, texts

HIGHEST = 7.0
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß]+(?:['’][a-z]+)?")
_VOWELS = {"en": re.compile(r"[aeiouy]+"), "de": re.compile(r"au|äu|eu|ei|ie|aa|ee|oo|[aeiouyäöü]")}


def syllables(word: str, language: str) -> int:
    """Groups of vowels, at least one.

    >>> [syllables(word, "en") for word in ("nurse", "doctor", "machine", "infection", "little")]
    [1, 2, 2, 3, 2]
    >>> [syllables(word, "de") for word in ("Infektion", "Niere", "schauen")]
    [4, 2, 2]
    """
    word = word.lower()
    found = len(_VOWELS[language].findall(word))
    if language == "en" and word.endswith("e") and not word.endswith("le") and found > 1:
        found -= 1
    if language == "en" and word.endswith("ed") and not word.endswith(("ted", "ded")) and found > 1:
        found -= 1
    return max(1, found)


def grade(sentences: list[str], language: str) -> float:
    """The school year from which these texts can be read.

    Kincaid 1975: .39 words a sentence + 11.8 syllables a word - 15.59. Bamberger and Vanecek 1984, fourth formula:
    .2656 words a sentence + .2744 per cent of words with three syllables or more - 1.693.
    """
    parts = [part for text in sentences for part in re.split(r"(?<=[.!?])\s+", text) if _WORD.search(part)]
    words = [word for part in parts for word in _WORD.findall(part)]
    length = len(words) / len(parts)
    if language == "de":
        long = sum(syllables(word, "de") >= 3 for word in words) / len(words)
        return 0.2656 * length + 27.44 * long - 1.693
    return 0.39 * length + 11.8 * sum(syllables(word, "en") for word in words) / len(words) - 15.59


def grades() -> dict[tuple[str, str], float]:
    """The grade of every plain page, and of all of them, by language and page."""
    found = {}
    for language, words in texts().items():
        for page in dict.fromkeys(one.page for one in statements()):
            told = [words["statement"][one.id] for one in statements() if one.page == page]
            found[language, page] = grade(told, language)
        found[language, "all pages"] = grade(list(words["statement"].values()), language)
        game = [
            text
            for name, text in words["ui"].items()
            if name.startswith(("why-", "game-", "log-", "question-", "case-"))
        ]
        found[language, "game"] = grade(game, language)
    return found


if __name__ == "__main__":
    for (language, page), year in grades().items():
        print(f"{language}  {page:10}  {year:4.1f}{'' if year <= HIGHEST else '  above ' + str(HIGHEST)}")
