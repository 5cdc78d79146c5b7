"""Output appears whole or not at all."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from opensepsis.data.io import atomic
from opensepsis.data.io.atomic import add_to_output, replace_file, whole_folder
from opensepsis.errors import OutputError


def write(out, text, marker="run.json"):
    with whole_folder(out, marker) as folder:
        (folder / marker).write_text("{}")
        (folder / "result.txt").write_text(text)


def content(out):
    return (out / "result.txt").read_text()


def alone(out):
    return [p.name for p in out.parent.iterdir()] == [out.name]


def test_new_and_again(tmp_path):
    out = tmp_path / "deep" / "out"
    write(out, "one")
    write(out, "two")
    assert content(out) == "two" and alone(out)


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "out").mkdir()
    write(tmp_path / "out", "one")
    assert content(tmp_path / "out") == "one"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, OutputError])
def test_failure_leaves_the_earlier_output(tmp_path, failure):
    out = tmp_path / "out"
    write(out, "one")
    with pytest.raises(failure), whole_folder(out) as folder:
        (folder / "run.json").write_text("{}")
        raise failure
    assert content(out) == "one" and alone(out)


def test_failure_leaves_nothing_new(tmp_path):
    with pytest.raises(ValueError), whole_folder(tmp_path / "out"):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_ours_are_never_touched(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="Nothing was changed"), whole_folder(out):
        pytest.fail("must not start")
    assert (out / "thesis.txt").read_text() == "mine" and alone(out)


def test_another_kind_of_output_is_not_ours_either(tmp_path):
    out = tmp_path / "out"
    write(out, "timeline", marker="timeline.json")
    with pytest.raises(OutputError, match="no run"):
        write(out, "run")
    assert content(out) == "timeline"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        write(tmp_path / "out", "x")


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "file" / "out", "x")


def test_a_full_disk_is_said_plainly(tmp_path):
    with pytest.raises(OutputError, match="disk is full"), whole_folder(tmp_path / "out"):
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="other"), whole_folder(tmp_path / "out"):
        raise OSError(errno.EIO, "other")


def test_a_link_keeps_pointing(tmp_path):
    write(tmp_path / "real", "one")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link", "two")
    assert (tmp_path / "link").is_symlink() and content(tmp_path / "real") == "two"


def test_without_a_swap_in_one_step(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    out = tmp_path / "out"
    write(out, "one")
    write(out, "two")
    assert content(out) == "two" and alone(out)
    replace, calls = os.replace, []

    def fails_at_second(source, target):
        calls.append(source)
        if len(calls) == 2:
            raise OSError(errno.EIO, "broken")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_at_second)
    with pytest.raises(OSError, match="broken"):
        write(out, "three")
    assert content(out) == "two" and alone(out)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_earlier_output(tmp_path, sent):
    out = tmp_path / "out"
    write(out, "one")
    program = textwrap.dedent(f"""
        import time
        from opensepsis.data.io.atomic import whole_folder
        with whole_folder({str(out)!r}) as folder:
            (folder / "run.json").write_text("half")
            print("started", flush=True)
            time.sleep(30)
    """)
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": "src"},
    )
    assert running.stdout and running.stdout.readline() == b"started\n"
    began = time.monotonic()
    running.send_signal(sent)
    assert running.wait(20) != 0 and time.monotonic() - began < 10
    running.stdout.close()
    assert content(out) == "one" and alone(out)


RUN = """
    import os, signal, sys, time
    from opensepsis.data.io.atomic import whole_folder
    with whole_folder(sys.argv[1]) as folder:
        (folder / "half").write_text("")
        print(folder.name, flush=True)
        if sys.argv[2] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        sys.stdin.read()
"""


def started(out, how):
    command = [sys.executable, "-c", textwrap.dedent(RUN), str(out), how]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("turned", ["raise ValueError('a call back failed')", "pass"])
def test_a_signal_that_a_library_turns_into_an_error_or_loses_ends_with_its_number(tmp_path, turned):
    program = textwrap.dedent(f"""
        import os, signal
        from opensepsis.data.io.atomic import whole_folder
        with whole_folder({str(tmp_path / "out")!r}):
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except BaseException:
                {turned}
    """)
    done = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": "src"}, timeout=60)
    assert done.returncode == 128 + signal.SIGTERM
    assert os.listdir(tmp_path) == ([] if "raise" in turned else ["out"])


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path):
    process, left = started(tmp_path / "out", "killed")
    process.communicate()
    assert (tmp_path / left / "half").is_file()
    write(tmp_path / "out", "one")
    assert alone(tmp_path / "out")


def test_a_run_that_lives_is_left_alone(tmp_path):
    process, held = started(tmp_path / "out", "alive")
    write(tmp_path / "out", "one")
    assert (tmp_path / held / "half").is_file()
    process.kill()
    process.communicate()
    write(tmp_path / "out", "two")
    assert content(tmp_path / "out") == "two" and alone(tmp_path / "out")


def test_only_leftovers_of_the_same_output_are_cleared(tmp_path):
    others = [".out2.unfinished-0123456789ab", ".out.unfinished-mine", ".out.unfinished-0123456789ab-earlier"]
    for name in others:
        (tmp_path / name).mkdir()
    (tmp_path / ".out.unfinished-aaaaaaaaaaaa").symlink_to(tmp_path / others[0])
    write(tmp_path / "out", "one")
    assert {p.name for p in tmp_path.iterdir()} == {*others, ".out.unfinished-aaaaaaaaaaaa", "out"}
    write(tmp_path / "out", "two")  # an output is there now: the earlier one that stood aside is not needed
    assert not (tmp_path / others[2]).exists()


def test_the_marker_lists_what_was_written(tmp_path):
    write(tmp_path / "out", "one")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["files"] == ["result.txt", "run.json"]


@pytest.mark.parametrize("name", ["thesis.ipynb", "scores/mine.txt", ".hidden", "empty/", "link"])
def test_what_no_run_wrote_is_never_deleted(tmp_path, name):
    out = tmp_path / "out"
    write(out, "one")
    if name == "link":
        (out / name).symlink_to(tmp_path)
    elif name.endswith("/"):
        (out / name).mkdir()
    else:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("mine")
    with pytest.raises(OutputError, match="files that no run wrote"):
        write(out, "two")
    assert content(out) == "one" and os.path.lexists(out / name.rstrip("/"))


def test_a_run_of_which_nobody_knows_what_it_wrote_is_left_alone(tmp_path):
    out = tmp_path / "out"
    write(out, "one")
    (out / "run.json").write_text('{"opensepsis": "0.1"}')
    with pytest.raises(OutputError, match=r"result\.txt"):
        write(out, "two")


@pytest.mark.parametrize("out", ["raw", "study", "link", "raw/../raw", "raw/../../study"])
def test_data_and_output_lie_apart(tmp_path, out, monkeypatch):
    raw = tmp_path / "study" / "raw"
    raw.mkdir(parents=True)
    (raw / "events.csv").write_text("data")
    (tmp_path / "link").symlink_to(raw)
    (tmp_path / "raw").symlink_to(raw)
    with pytest.raises(OutputError, match="could be deleted"), whole_folder(tmp_path / out, inputs=[raw]):
        pytest.fail("must not start")
    with whole_folder(tmp_path / "study" / "raw1", inputs=[raw]):
        pass
    assert (raw / "events.csv").read_text() == "data"


FULL = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "x"),
    RuntimeError("IO Error: Could not write file: No space left on device"),
    ValueError("No space left on device (os error 28)"),
]


@pytest.mark.parametrize("problem", FULL, ids=str)
def test_every_library_tells_a_full_disk_in_its_way(tmp_path, problem):
    with pytest.raises(OutputError, match="disk is full"), whole_folder(tmp_path / "out"):
        raise problem
    assert list(tmp_path.iterdir()) == []


def test_files_beside_an_output_are_listed_with_it(tmp_path):
    out = tmp_path / "out"
    write(out, "one")
    add_to_output(out, "run.json", {"more.svg": b"x"})
    write(out, "two")
    assert content(out) == "two" and not (out / "more.svg").exists()


def test_a_file_that_is_not_made_again_goes_and_one_of_others_stays(tmp_path):
    out = tmp_path / "out"
    write(out, "one")
    add_to_output(out, "run.json", {"more.svg": b"x", "table": b"y"})
    (out / "mine.svg").write_bytes(b"z")
    add_to_output(out, "run.json", {"more.svg": None, "mine.svg": None, "never.svg": None, "table": b"new"})
    assert not (out / "more.svg").exists() and (out / "mine.svg").read_bytes() == b"z"
    listed = json.loads((out / "run.json").read_text())["files"]
    assert "table" in listed and not {"more.svg", "mine.svg", "never.svg"} & set(listed)


def test_a_file_beside_an_output_that_may_not_be_written_is_told_by_its_relative_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refuse(self, content):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(OutputError, match=r"^x\.json cannot be written: Read-only file system"):
        replace_file(Path("x.json"), b"new")
