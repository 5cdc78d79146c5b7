"""Copies of the patients of the open FHIR demo, as NDJSON, for measurements of speed and memory. Says nothing of accuracy.

python benchmarks/fhir_copies.py DEMO OUT 100

Every identifier of a resource, and so every reference, gets the number of its copy at its end. `rows.json` holds the number of resources.
"""

import argparse
import gzip
import json
import re
from pathlib import Path

_UUID = re.compile(rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def copied(lines: bytes, number: int) -> bytes:
    """The lines with every identifier of copy `number`.

    >>> copied(b'{"id": "aa9dc967-aece-541b-89d6-b0cedcd43d64"}', 7)
    b'{"id": "aa9dc967-aece-541b-89d6-b0cedcd43d64-7"}'
    """
    return _UUID.sub(rb"\g<0>-%d" % number, lines)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("demo", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("n", type=int)
    args = ask.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    resources = 0
    for file in sorted(args.demo.rglob("*.ndjson.gz")):
        lines = gzip.decompress(file.read_bytes())
        with (args.out / file.name.removesuffix(".gz")).open("wb") as out:
            for number in range(args.n):
                out.write(copied(lines, number))
        resources += lines.count(b"\n") * args.n
        print(file.name, args.n)
    (args.out / "rows.json").write_text(json.dumps(resources), encoding="utf-8")


if __name__ == "__main__":
    main()
