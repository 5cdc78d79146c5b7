"""Trains on one simulated hospital and tells on another how early alarms are before sepsis truly began: a part of docs/prediction.md.

Run: python benchmarks/predict_simulated.py
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from opensepsis.uses.predict.beside import CLOCK
from opensepsis.uses.simulate.physiology.parameters import document

PAGE = Path(__file__).parents[1] / "docs" / "prediction.md"
BEGIN, END = "<!-- simulated -->", "<!-- /simulated -->"
BUDGET = 0.02
COMMANDS = r"""
opensepsis simulate --out one --patients 500 --hours 96 --seed 11 && opensepsis simulate --out two --patients 400 --hours 96 --seed 12
opensepsis predict train one=one/timelines/usual --definition sepsis3 --stay-kind hospital --out model
opensepsis predict evaluate model two=two/timelines/usual --definition sepsis3 --stay-kind hospital \
  --true-onsets two/truth/patients --out page
"""


def evaluation() -> dict:
    """What the commands of the page find."""
    with TemporaryDirectory(prefix="opensepsis-simulated-") as folder:
        here = COMMANDS.replace("opensepsis ", f"{sys.executable} -m opensepsis ")
        subprocess.run(
            ["bash", "-ec", here], cwd=folder, check=True, env=os.environ, stdout=subprocess.DEVNULL
        )
        return json.loads((Path(folder) / "page" / "evaluation.json").read_text(encoding="utf-8"))


def hours(ahead: float) -> str:
    """Hours before the true onset, in words.

    >>> hours(-1.5), hours(0.25)
    ('1.5 h after', '0.25 h before')
    """
    return f"{abs(ahead):.3g} h {'before' if ahead > 0 else 'after'}"


def told(one: dict) -> str:
    quartiles = f"{hours(one['q25'])} to {hours(one['q75'])}"
    return f"{one['found']}, {one['before']} of them before it, in the median {hours(one['median'])} it (quartiles {quartiles})"


def paragraph(found: dict) -> str:
    truth = found["true_onset"]
    alarms = next(one for one in truth["alarms"] if one["budget"] == BUDGET)
    clock = next(one["auroc"] for one in found["discrimination"] if one["score"] == CLOCK)
    return (
        f"gave, with parameters version {document()['version']} of the simulator (`python benchmarks/predict_simulated.py`): of "
        f"{truth['stays']} stays in which sepsis truly began and hours count, Sepsis-3 told {told(truth['definition'])};\n"
        f"alarms at {100 * BUDGET:g} % of hours told {told(alarms)}. Most simulated patients with sepsis come with it: the clock alone "
        f"has an AUROC of {clock:.2f}."
    )


def main() -> None:
    text = f"{BEGIN}\n```sh{COMMANDS}```\n\n{paragraph(evaluation())}\n{END}"
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: text, page, flags=re.S), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
