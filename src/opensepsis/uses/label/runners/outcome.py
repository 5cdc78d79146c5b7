"""How a shard ended on whatever ran it: plain texts where that is another machine."""

import json
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from opensepsis import errors
from opensepsis.data.io.object_store import as_folder
from opensepsis.errors import OpensepsisError, RunnerError
from opensepsis.uses.label.job import Job
from opensepsis.uses.label.shard_job import run_job

_PREPARING = Lock()  # where tasks are threads of one process, one shard at a time takes up most memory


@dataclass(frozen=True)
class Outcome:
    """The number of a shard, and what was wrong with it, if anything."""

    number: int
    problem: Exception | None = None


def as_text(job: Job) -> str:
    """A job as it is sent to other machines."""
    return json.dumps(asdict(job))


def as_job(text: str) -> Job:
    """The job that was sent."""
    told = json.loads(text)
    return Job(**told | {"never_charted": tuple(told["never_charted"])})


def labelled_elsewhere(job: str, number: int, folder: str) -> str:
    """Runs one shard where this is called; the text says what was wrong, or nothing."""
    try:
        run_job(as_job(job), number, as_folder(folder), _PREPARING)
    except OpensepsisError as problem:
        return json.dumps({"kind": type(problem).__name__, "said": str(problem)})
    except Exception as problem:  # its own words may hold a patient's value
        where = traceback.extract_tb(problem.__traceback__)[-1]
        said = f"{type(problem).__name__} at {Path(where.filename).name}:{where.lineno}"
        return json.dumps({"kind": "RunnerError", "said": said, "retry": True})
    return ""


def as_outcome(number: int, told: str) -> Outcome:
    """What `labelled_elsewhere` said of a shard."""
    if not told:
        return Outcome(number)
    problem = json.loads(told)
    if problem.get("retry"):
        return Outcome(number, Unexpected(f"Shard {number}: {problem['said']}"))
    kind = getattr(errors, problem["kind"], RunnerError)
    return Outcome(number, kind(f"Shard {number}: {problem['said']}"))


class Unexpected(Exception):
    """What nobody foresaw on another machine: worth trying again."""
