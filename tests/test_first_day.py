"""What a data scientist does on a first day: odd names, a second run over the first, Ctrl-C, places that cannot be written."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opensepsis.errors import OutputError, SourceError
from opensepsis.uses.compare import compare
from opensepsis.uses.label import label, read_labels, why_stay
from opensepsis.uses.label.working_folder import is_begun
from tests.support.commands import command

ROOT = Path(__file__).parents[1]
HOSPITAL = ROOT / "examples" / "hospital"
SOURCES = os.environ | {"PYTHONPATH": str(ROOT / "src")}
ONE = "patient,stay,kind,admitted,discharged,age\n{0},{0},hospital,2026-01-01T00:00Z,2026-01-02T00:00Z,50\n"
EVENTS = "patient,concept,time,value\n{0},heart_rate,2026-01-01T02:00Z,90\n"


def hospital(folder: Path, patient: str) -> Path:
    folder.mkdir()
    (folder / "stays.csv").write_text(ONE.format(patient))
    (folder / "events.csv").write_text(EVENTS.format(patient))
    return folder


NAMES = ["run[1]", "a*", "wh?t", "with space", "[!x]", "{a,b}", "naïve µ", "-dash", "100%", "#1"]


@pytest.fixture(scope="module")
def alike(tmp_path_factory):
    """A folder of hospitals and results whose names a pattern would also mean."""
    folder = tmp_path_factory.mktemp("alike")
    for other in ("run1", "ab", "what", "y"):
        mine = hospital(folder / other, other)
        label("csv", mine, folder / f"out-{other}", definitions="news2,sepsis3")
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name(alike, name):
    mine = hospital(alike / name, "mine")
    out = alike / f"out-{name}"
    assert label("csv", mine, out, definitions="news2,sepsis3").stays["patient"].to_list() == ["mine"]
    again = label("timeline", out / "timeline", alike / f"again-{name}", definitions="news2,sepsis3")
    assert again.stays["patient"].to_list() == ["mine"]
    assert set(read_labels(out).scores["news2"]["patient"]) == {"mine"}
    assert why_stay(out, "mine").startswith("Stay mine")
    assert compare(out).stays == 1


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    hospital(tmp_path / "raw", "mine")
    labels = label("csv", "~/raw", "~/res", definitions="news2,sepsis3")
    assert labels.path == tmp_path / "res"
    assert read_labels("~/res").stays.height == compare("~/res").stays == 1
    assert not (tmp_path / "~").exists()


def test_results_beside_which_something_was_put_stay(tmp_path):
    out = tmp_path / "res"
    label("csv", hospital(tmp_path / "raw", "mine"), out, definitions="news2,sepsis3")
    compare(out)
    label("csv", tmp_path / "raw", out, definitions="news2,sepsis3")
    (out / "analysis.ipynb").write_text("mine")
    with pytest.raises(OutputError, match=r"analysis\.ipynb"):
        label("csv", tmp_path / "raw", out, definitions="news2,sepsis3")
    assert (out / "analysis.ipynb").read_text() == "mine"


def test_results_may_lie_below_the_data(tmp_path, monkeypatch):
    monkeypatch.chdir(hospital(tmp_path / "raw", "mine"))
    for _ in range(2):
        assert label("csv", ".", "results", definitions="news2").stays.height
    assert sorted(p.name for p in (tmp_path / "raw").iterdir()) == ["events.csv", "results", "stays.csv"]


@pytest.mark.parametrize("out", ["raw", "."])
def test_the_data_are_never_replaced(tmp_path, out, monkeypatch):
    monkeypatch.chdir(tmp_path)
    hospital(tmp_path / "raw", "mine")
    with pytest.raises(OutputError, match="could be deleted"):
        label("csv", "raw", out, definitions="news2")
    done = command("convert", "csv", "raw", "--out", out)
    assert done.returncode == 5 and "could be deleted" in done.stderr
    assert sorted(p.name for p in (tmp_path / "raw").iterdir()) == ["events.csv", "stays.csv"]


def test_the_only_timeline_is_kept(tmp_path):
    out = tmp_path / "res"
    label("csv", hospital(tmp_path / "raw", "mine"), out, definitions="news2")
    with pytest.raises(OutputError, match="could be deleted"):
        label("timeline", out / "timeline", out, definitions="news2")
    assert (out / "timeline" / "timeline.json").is_file()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    out = tmp_path_factory.mktemp("results") / "res"
    label("csv", HOSPITAL, out, definitions="sofa,sepsis3,septic_shock")
    return out


def test_a_terminal_of_few_letters(results):
    line = [sys.executable, "-m", "opensepsis", "why", results, "--stay", "S01", "--full"]
    few = SOURCES | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(line, capture_output=True, text=True, env=few)
    assert done.returncode == 0 and "uL" in done.stdout and "Traceback" not in done.stderr


def test_a_working_folder_that_is_gone(tmp_path, results):
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd {gone}; rmdir {gone}; {sys.executable} -m opensepsis definitions"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=SOURCES)
    assert done.returncode == 3 and "working folder no longer exists" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_results_that_may_not_be_written(tmp_path, results):
    mine = tmp_path / "res"
    shutil.copytree(results, mine)
    mine.chmod(0o500)
    try:
        for words in (
            ("compare", mine),
            ("label", "csv", HOSPITAL, "--out", mine / "deep", "--definitions", "sofa"),
        ):
            done = command(*words)
            assert done.returncode == 5 and "Traceback" not in done.stderr
            assert len(done.stderr.strip().splitlines()) == 1
    finally:
        mine.chmod(0o700)
    assert not list(mine.glob(".*")) and not (mine / "comparison.svg").exists()


def test_no_threads_are_no_simulation(tmp_path):
    done = command("simulate", "--threads", "0", "--patients", "3", "--out", tmp_path / "s")
    assert done.returncode == 6 and "threads" in done.stderr


def test_only_the_first_lines_are_read(results):
    line = f"{sys.executable} -m opensepsis why {results} --stay S01 | head -1"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=SOURCES)
    assert done.stdout.startswith("Stay S01") and not done.stderr


RUNS = {
    "label": ("label", "csv", HOSPITAL, "--variants", "--quiet"),
    "convert": ("convert", "csv", HOSPITAL),
    "simulate": ("simulate", "--patients", "50000", "--hours", "96"),
}


def listening(pid: int) -> bool:
    """Whether a process has begun to listen to SIGTERM."""
    caught = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt")
    )
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def worked(pid: int) -> float:
    """Seconds of processor time of a process so far: a busy machine makes it wait, and that is not its own time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worked_by_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# each pair of a run, a signal and a moment once; the other three of each with the long tests
EVERY_END = [
    (run, sent, after) for run in RUNS for sent in (signal.SIGINT, signal.SIGTERM) for after in (0, 1.5)
]
PAIRED = [EVERY_END[n] for n in (0, 3, 5, 6, 8, 11)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    "run, sent, after", [pytest.param(*e, marks=() if e in PAIRED else pytest.mark.long) for e in EVERY_END]
)
def test_a_signal_ends_a_run_within_two_seconds(tmp_path, run, sent, after):
    code, word = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}[sent]
    line = [sys.executable, "-m", "opensepsis", *map(str, RUNS[run]), "--out", str(tmp_path / "out")]
    ended = worked_by_ended()
    running = subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=SOURCES
    )
    while running.poll() is None and not listening(running.pid):
        time.sleep(0.01)
    time.sleep(after)
    before = worked(running.pid)
    running.send_signal(sent)
    said = running.communicate(timeout=30)[1]
    left = [p.name for p in tmp_path.iterdir() if not is_begun(p)]  # whole shards stay for --resume
    if running.returncode == -sent:  # it came while Python ended: the work was whole
        assert left == ["out"] and not said
    elif running.returncode:
        assert (running.returncode, left) == (code, []), said
        assert word in said and "Traceback" not in said
        assert worked_by_ended() - ended - before < 2 * (os.cpu_count() or 1)
    else:
        assert left == ["out"]


LOST = """
import ctypes, os, signal, sys, time
from opensepsis.interruption import guarded

@ctypes.CFUNCTYPE(None)
def called_back():
    os.kill(os.getpid(), {sent})

def run():
    called_back()
    time.sleep(30)

guarded(run)
"""


@pytest.mark.parametrize("sent, code, word", [(2, 130, "interrupted"), (15, 143, "terminated")])
def test_a_signal_that_a_library_loses_ends_a_run_with_its_word_alone(sent, code, word):
    line = [sys.executable, "-c", LOST.format(sent=sent)]
    done = subprocess.run(line, capture_output=True, text=True, env=SOURCES, timeout=20)
    assert (done.returncode, done.stderr) == (code, f"{word}\n")


DAMAGES = {
    "run.json": ["{broken", "[]", "{}", ""],
    "stays.parquet/shard-0000.parquet": [None, "PAR1", ""],
    "scores/sofa.parquet/shard-0000.parquet": [None, "PAR1"],
}


@pytest.mark.parametrize("name, content", [(n, c) for n, contents in DAMAGES.items() for c in contents])
def test_damaged_results_are_told(results, tmp_path, name, content):
    mine = tmp_path / "res"
    shutil.copytree(results, mine)
    if content is None:
        (mine / name).unlink()
    else:
        (mine / name).write_text(content)
    with pytest.raises(SourceError, match="opensepsis label"):
        why_stay(mine, "S02")
        read_labels(mine).scores["sofa"]
    if not name.startswith("scores"):
        with pytest.raises(SourceError, match="opensepsis label"):
            compare(mine)
