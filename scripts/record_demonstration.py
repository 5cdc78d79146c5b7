"""Records the simulated hospital of `opensepsis ward --demo`: run it after the simulator's numbers have changed."""

import shutil
import tempfile
from pathlib import Path

from opensepsis.demonstration import HOURS, PATIENTS, SEED
from opensepsis.uses.simulate import simulate

RECORDED = Path(__file__).parents[1] / "src" / "opensepsis" / "demonstration" / "recorded"

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(PATIENTS, HOURS, seed=SEED, out=Path(folder) / "hospital", truth_interval=0)
        shutil.rmtree(RECORDED, ignore_errors=True)
        shutil.copytree(made.path / "timelines" / "usual", RECORDED)
    print(f"{PATIENTS} patients recorded in {RECORDED}")
