"""What this project installs, as a list for others (CycloneDX), and what is known to be wrong with it.

    python scripts/dependency_audit.py [FILE]

Writes the list of the pinned packages of requirements.txt, and asks pip-audit, in an environment of its own, for published
vulnerabilities. Exit status 1 where there is one; where the database of vulnerabilities cannot be reached it says that nothing was
asked, and ends with 0.
"""

import json
import os
import re
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = ROOT / "requirements.txt"
AUDITOR = "pip-audit>=2.9,<3"
PATIENCE = float(os.environ.get("OPENSEPSIS_AUDIT_SECONDS", "120"))
SKIPPED = "audit: SKIPPED, {}: no package was looked up for known vulnerabilities"


def pinned() -> list[tuple[str, str]]:
    """Name and version of each pinned package."""
    found = re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;]+)", PINNED.read_text(encoding="utf-8"), re.M
    )
    assert found, "requirements.txt pins nothing"
    return sorted((re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found)


def bill_of_materials(packages: list[tuple[str, str]]) -> dict:
    """The list in CycloneDX 1.6."""
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "bom-ref": f"pkg:pypi/{name}@{version}",
        }
        for name, version in packages
    ]
    about = {
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "component": {"type": "application", "name": "opensepsis"},
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": about,
        "components": components,
    }


def auditor(folder: Path) -> Path | None:
    """The program pip-audit in an environment of its own; None where it cannot be installed."""
    program = folder / "bin" / "pip-audit"
    if not program.exists():
        venv.create(folder, with_pip=True)
        command = [
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            AUDITOR,
        ]
        if subprocess.run(command, check=False).returncode:
            return None
    return program


def audited(program: Path) -> list[str] | None:
    """A line for each known vulnerability; None where the database cannot be reached."""
    command = [
        program,
        "--requirement",
        PINNED,
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False).stdout
        packages = json.loads(said)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
    return [f"{p['name']} {p['version']}: {one['id']}" for p in packages for one in p.get("vulns", ())]


def main() -> None:
    packages = pinned()
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "sbom.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bill_of_materials(packages), indent=1), encoding="utf-8")
    print(f"{path}: {len(packages)} packages")
    program = auditor(ROOT / ".venv-audit")
    if program is None:
        return print(SKIPPED.format("pip-audit cannot be installed"))
    found = audited(program)
    if found is None:
        return print(SKIPPED.format("the database of vulnerabilities cannot be reached"))
    print("\n".join(found) or "no known vulnerability")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
