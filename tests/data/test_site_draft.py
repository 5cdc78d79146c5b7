"""A draft of site.toml from the files: read again as it is, and complete once a person has confirmed its proposals."""

import re

import polars as pl
import pytest

from opensepsis import cli
from opensepsis.data.site import read_site_file
from opensepsis.data.site.draft import draft_site
from opensepsis.data.sources import open_source
from opensepsis.data.timeline.writer import write_timeline
from opensepsis.errors import MissingError
from tests.support.hospitals.german import german_hospital


def drafted(folder):
    (folder / "site.toml").unlink(missing_ok=True)
    text = draft_site(folder)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return text


def test_the_draft_of_a_german_export(tmp_path):
    folder = german_hospital(tmp_path / "h")
    text = drafted(folder)
    site = read_site_file(folder)
    assert (site.format.separator, site.format.decimal, site.format.encoding) == (";", ",", "cp1252")
    assert site.format.times == ("%d.%m.%Y %H:%M",)
    assert site.stays.files == ("aufenthalte.csv",)
    assert site.stays.columns == {
        "patient": "PatNr", "stay": "FallNr", "admitted": "Aufnahme", "discharged": "Entlassung",
        "born": "Geburtsdatum", "sex": "Geschlecht", "kind": "Bereich",
    }  # fmt: skip
    files = {layout.files[0]: layout.columns for layout in site.events}
    assert files["labor.csv"]["concept"] == "Parameter" and files["vital.csv"]["time"] == "Datum + Uhrzeit"
    assert files["medikamente.csv"]["drug"] == "Präparat"
    for line in (
        '# "Thrombozyten" = "platelets"',
        '# "Magnesium" = "magnesium"',
        '# "HF" = "heart_rate"',
        '# "Tazobac EF" = ""',
    ):
        assert line in text
    assert not site.concepts and not site.drugs  # a person confirms them


def test_confirmed_the_draft_reads_the_export(tmp_path):
    folder = german_hospital(tmp_path / "h")
    text = drafted(folder)
    confirmed = re.sub(r'^# (".*" = "\w+")$', r"\1", text, flags=re.M)
    confirmed = confirmed.replace("# timezone", "timezone").replace(
        '"Gewicht" = "weight"', '"Gewicht" = "weight"'
    )
    confirmed += '\n[words.kind]\n"Intensivstation" = "icu"\n"Normalstation" = "hospital"\n'
    (folder / "site.toml").write_text(confirmed, encoding="utf-8")
    made = write_timeline(open_source("csv", folder), tmp_path / "t")
    assert made.stays.height == 40
    counted = dict(made.events().collect()["concept"].cast(pl.String).value_counts().iter_rows())
    assert counted["platelets"] == 40 and counted["heart_rate"] == 240


def test_no_identifier_and_no_free_text(tmp_path):
    folder = german_hospital(tmp_path / "h")
    with (folder / "labor.csv").open("a", encoding="cp1252") as more:
        more.write(
            "1001;Frau Meier Zimmer 4;03.03.2026 08:00;1;x\r\n"
            + "1002;Notiz 19500101;03.03.2026 08:00;1;x\r\n" * 5
        )
    text = drafted(folder)
    for said in ("Meier", "Notiz", "1001", "F12", "1950", "02.03.2026"):
        assert said not in text
    comments = folder / "labor.csv"
    rows = ["PatNr;Parameter;Abnahmezeit;Wert;Einheit"]
    rows += [f"{p};free text {n};03.03.2026 08:00;1;x" for n in range(500) for p in range(3)]
    comments.write_text("\n".join(rows), encoding="cp1252")
    assert "free text" not in drafted(folder)


@pytest.mark.parametrize(
    ("times", "line"),
    [
        (["03/13/2026 08:15 AM", "03/02/2026 01:15 PM"], 'times = "MM/DD/YYYY hh:mm AM"'),
        (["13/03/2026 08:15", "02/03/2026 13:15"], 'times = "DD/MM/YYYY hh:mm"'),
        (
            ["02/03/2026 08:15", "02/03/2026 13:15"],
            '# times = "DD/MM/YYYY hh:mm"   # or "MM/DD/YYYY hh:mm": the files do not tell',
        ),
    ],
)
def test_a_time_format_that_the_files_do_not_tell_is_only_proposed(tmp_path, times, line):
    (tmp_path / "stays.csv").write_text(
        "patient,stay,admitted\n" + "".join(f"{n},{n},{at}\n" for n, at in enumerate(times))
    )
    assert line in draft_site(tmp_path).splitlines()


def test_nothing_to_draft_from(tmp_path):
    with pytest.raises(MissingError, match="holds no table"):
        draft_site(tmp_path)
    with pytest.raises(MissingError, match="no folder"):
        draft_site(tmp_path / "nowhere")


def test_the_command_writes_a_draft_and_never_over_a_file(tmp_path, monkeypatch, capsys):
    folder = german_hospital(tmp_path / "h")
    for words, code in (([], 5), (["--out", str(tmp_path / "draft.toml")], None)):
        monkeypatch.setattr("sys.argv", ["opensepsis", "label", "csv", str(folder), "--draft-site", *words])
        if code:
            with pytest.raises(SystemExit) as ended:
                cli.main()
            assert ended.value.code == code and "was not changed" in capsys.readouterr().err
        else:
            cli.main()
    assert read_site_file(tmp_path / "draft.toml").stays.files == ("aufenthalte.csv",)
