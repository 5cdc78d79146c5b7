"""Every definition has a version, which changes when its numbers can."""

import re
from dataclasses import replace

import pytest

from opensepsis.definitions import DEFINITIONS
from opensepsis.definitions.scores.sofa import SOFA
from opensepsis.docgen.pages import about, page
from opensepsis.docgen.versions import digest, version_of, versions


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_that_has_changed_has_a_new_version(name):
    # if it fails: python scripts/definition_versions.py --bump, then `make docs`, and a line under Numbers change
    assert versions()[name][1] == digest(DEFINITIONS[name])
    assert re.fullmatch(r"[\w-]+\.\d+", version_of(name))


def test_no_version_is_of_a_definition_that_is_gone():
    assert list(versions()) == list(DEFINITIONS)


def test_the_digest_changes_with_numbers_and_not_with_prose():
    assert digest(replace(SOFA, title="Another title", choices=())) == digest(SOFA)
    assert digest(replace(SOFA, lowest_age=16)) != digest(SOFA)
    row = SOFA.rows[0]
    assert digest(replace(SOFA, rows=(replace(row, cells={1: row.cells[1]}), *SOFA.rows[1:]))) != digest(SOFA)


def test_the_version_stands_on_the_page_and_in_the_account_of_a_run():
    assert f"`sofa {version_of('sofa')}`" in page(SOFA)
    assert about(SOFA)["definition_version"] == version_of("sofa")
