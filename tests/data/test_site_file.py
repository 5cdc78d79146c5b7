"""`site.toml`: a hospital's own words and forms in one file, for `label csv`, `convert` and the ward."""

import pytest

from opensepsis.data.decode.site import read_site
from opensepsis.data.site import Drug, LocalName, read_site_file
from opensepsis.errors import ConceptError, FormatError, MissingError, TimeError, UnitError

GERMAN = """
[format]
separator = ";"
decimal = ","
encoding = "cp1252"
times = "DD.MM.YYYY hh:mm"
timezone = "Europe/Berlin"
missing = ["n.b."]

[concepts]
"Thrombozyten" = { concept = "platelets", unit = "Gpt/l" }
"Laktat (art.)" = "lactate"
"Lymphozyten" = "lymphocytes"
"Lymphozyten %" = "bands"

[drugs]
"Tazobac" = "piperacillin/tazobactam"
"Hausmischung" = { ingredient = "house mixture", concept = "antibiotic" }

[words.oxygen]
"Raumluft" = "air"

[comfort_care]
codes = ["Orbis:PAL1"]
words = ["Rein palliative Therapie"]

[spo2_scale_2]
words = ["Zielsättigung 88-92 %"]
"""


def written(tmp_path, text):
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_everything_is_read(tmp_path):
    site = read_site_file(written(tmp_path, GERMAN.replace("Gpt/l", "G/L")))
    assert (site.format.separator, site.format.decimal, site.format.encoding) == (";", ",", "cp1252")
    assert site.format.times == ("%d.%m.%Y %H:%M",) and site.format.timezone == "Europe/Berlin"
    assert site.concept(" thrombozyten ") == LocalName("platelets", "G/L")
    assert site.concept("Lymphozyten  %") == LocalName("bands")
    assert site.drug("TAZOBAC") == Drug("antibiotic", "piperacillin/tazobactam")
    assert site.drug("Hausmischung") == Drug("antibiotic", "house mixture")
    assert site.word("oxygen", "raumluft") == "air" and site.word("oxygen", "mask") == "mask"
    assert site.comfort_care.has_code("orbis", "PAL1") and not site.comfort_care.has_code("x", "PAL1")
    assert site.comfort_care.is_said("rein palliative  Therapie")
    assert not site.comfort_care.is_said("keine rein palliative Therapie")
    assert site.spo2_scale_2.is_said("Zielsättigung 88–92%")


def test_the_ward_reads_the_same_file_beside_its_lists(tmp_path):
    folder = written(tmp_path, GERMAN.replace("Gpt/l", "G/L") + '[ward]\ncodes = "labor.csv"\n')
    (folder / "labor.csv").write_text("system,code,concept\nlocal,LAC,lactate\n")
    (folder / "wards.csv").write_text("location,ward\nW1-3,W1\n")
    for place in (folder, folder / "site.toml"):
        site = read_site(place)
        assert site.coded("any", "local", "LAC").concept == "lactate"
        assert site.ward("W1-3") == ("W1", "hospital")
        assert site.feed("any").zone == "Europe/Berlin"
        assert site.local.comfort_care.is_said("Rein palliative Therapie")


def test_lists_may_be_csv_files(tmp_path):
    folder = written(
        tmp_path, 'concepts = "names.csv"\ndrugs = "drugs.csv"\nwords = "words.csv"\nunits = "units.csv"\n'
    )
    (folder / "names.csv").write_text("local_name,concept,unit\nLACT,lactate,mmol/L\nTHR,platelets,\n")
    (folder / "drugs.csv").write_text("local_name,ingredient\nRocephin,ceftriaxone\n")
    (folder / "words.csv").write_text("concept,local_word,word\noxygen,air ambiant,air\n")
    (folder / "units.csv").write_text("local_unit,unit\nTsd,10*9/L\n")
    site = read_site_file(folder)
    assert site.concept("lact") == LocalName("lactate", "mmol/L")
    assert site.drug("rocephin").ingredient == "ceftriaxone"
    assert site.word("oxygen", "Air ambiant") == "air" and site.unit(" Tsd ") == "10*9/L"
    (folder / "names.csv").unlink()
    with pytest.raises(MissingError, match=r"names\.csv"):
        read_site_file(folder)


WRONG = [
    ("separator = ';'", FormatError, "unknown name 'separator'"),
    ("[format]\nseperator = ';'", FormatError, "'separator'"),
    ("[format]\nseparator = ';;'", FormatError, "one character"),
    ("[format]\ndecimal = ';'", FormatError, "'.' or ','"),
    ("[format]\ndecimal = ','\nthousands = ','", FormatError, "not the decimal mark"),
    ("[format]\nencoding = 'ansi-german'", FormatError, "cp1252"),
    ("[format]\ntimes = 'yesterday'", FormatError, "DD.MM.YYYY"),
    ("[format]\ntimes = 5", FormatError, "list of texts"),
    ("[format]\ntimezone = 'Europe/Berlni'", TimeError, "Europe/Berlin"),
    ("[format]\nshifted_dates = 'no'", FormatError, "true or false"),
    ("[concepts]\nThrombo = 'platelet'", ConceptError, "'Thrombo'.*'platelets'"),
    ("[concepts]\nThrombo = { concept = 'platelets', unit = 'mmol/L' }", UnitError, "Thrombo"),
    ("[concepts]\nThrombo = 5", FormatError, "Thrombo"),
    ("[concepts]\n\"THROMBO\" = 'platelets'\n\"thrombo\" = 'lactate'", FormatError, "listed twice"),
    ("[concepts]\nThrombo Zyten = 'platelets'", FormatError, "in quotes"),
    ("[drugs]\nX = 'unknownum'", ConceptError, "unknownum"),
    ("[words.oxygen]\nNebel = 'nebel'", ConceptError, "not a word of oxygen"),
    ("[words.oxygen]\n'Luft!' = 'air'\n'luft' = 'nasal cannula'", FormatError, "'luft'.*listed twice"),
    ("[format]\ntimes = ['DD.MM.YYYY hh:mm', 'MM.DD.YYYY hh:mm']", FormatError, "order of day and month"),
    ("[words.oxigen]\nLuft = 'air'", ConceptError, "'oxygen'"),
    ("[comfort_care]\ncodes = ['385763009']", FormatError, "with its system"),
    ("[comfort]\ncodes = []", FormatError, "comfort_care"),
    ("[events]\ncolumns = ['a']", FormatError, "events"),
    ("stays = 'x.csv'", FormatError, r"\[stays\]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "said"), WRONG)
def test_what_is_wrong_is_named(tmp_path, text, error, said):
    with pytest.raises(error, match=said):
        read_site_file(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_utf_8(tmp_path):
    with pytest.raises(MissingError, match="--draft-site"):
        read_site_file(tmp_path)
    (tmp_path / "site.toml").write_bytes("[words.oxygen]\n\"größe\" = 'air'".encode("cp1252"))
    with pytest.raises(FormatError, match="UTF-8"):
        read_site_file(tmp_path)
