"""What lies in deploy/: the sample of ward.toml is read, and rules and dashboard name metrics that the ward has."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from opensepsis.uses.ward.cli import ward
from opensepsis.uses.ward.model.clock import HandClock
from opensepsis.uses.ward.server import WardConfig, WardServer
from opensepsis.uses.ward.web.health import _numbers

DEPLOY = Path(__file__).parents[3] / "deploy"
NAMES = re.compile(r"opensepsis_[a-z_]+")


class Desk:
    """What the metrics are read from."""

    def __init__(self, place):
        self.place = place


def test_rules_and_dashboard_name_metrics_that_there_are(tmp_path):
    house = WardServer(WardConfig(database=str(tmp_path / "ward.db"), listeners=(), clock=HandClock(0)))
    there = {family.name for family in _numbers(Desk(house.hospital)).collect()}
    house.close()
    rules = NAMES.findall((DEPLOY / "prometheus-rules.yaml").read_text(encoding="utf-8"))
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    shown = [
        name for panel in dashboard["panels"] for t in panel["targets"] for name in NAMES.findall(t["expr"])
    ]
    assert rules and shown and set(rules) | set(shown) <= there


def test_the_sample_of_ward_toml_is_read_with_all_that_it_offers(tmp_path):
    text = (DEPLOY / "ward.toml").read_text(encoding="utf-8")
    site = tmp_path / "site"
    site.mkdir()
    offered = re.sub(r"^# (?=[a-z\[])", "", text, flags=re.M).replace("/etc/opensepsis/site", str(site))
    (tmp_path / "rota.csv").write_text("ward,from,until,step,name,contact\n", encoding="utf-8")
    offered = offered.replace("/etc/opensepsis/rota.csv", str(tmp_path / "rota.csv"))
    offered = "\n".join(
        line
        for line in offered.splitlines()
        if not line.startswith(("certificate", "key =", "Settings", "Without"))
    )
    file = tmp_path / "ward.toml"
    for said in (text, offered):
        file.write_text(said, encoding="utf-8")
        checked = CliRunner(env={"COLUMNS": "200"}).invoke(ward, ["config", "check", str(file)])
        assert checked.exit_code == 0, checked.exception
    assert "icu-nurses: nurse, ICU" in checked.output and "https://ehr.example.org may call" in checked.output
