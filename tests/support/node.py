"""The page's scripts run by Node, for tests that compare them with Python."""

import json
import shutil
import subprocess

import pytest

from opensepsis.learn.page import SCRIPTS, _here
from opensepsis.learn.translate import body_script, numbers_script

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="there is no Node on this machine (Debian package nodejs)"
)
WITHOUT_A_PAGE = SCRIPTS[: SCRIPTS.index("words")]


def asked(question: str, folder) -> object:
    """What `answer` is after these lines, which see all of the body, the patients, the courses and the cases."""
    parts = [numbers_script(), body_script()]
    parts += [_here("static", f"{name}.js").read_text("utf-8") for name in (*WITHOUT_A_PAGE, "twins")]
    script = folder / "question.mjs"
    out = folder / "answer.json"
    last = f'import fs from "node:fs";\nfs.writeFileSync({json.dumps(str(out))}, JSON.stringify(answer));'
    script.write_text("\n".join(["let answer;", *parts, question, last]), encoding="utf-8")
    done = subprocess.run([NODE, str(script)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(out.read_text("utf-8"))
