"""Fails when a built page of the documentation loads anything from outside: scripts, styles, fonts, pictures, frames."""

import re
import sys
from pathlib import Path

LOADS = (
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc=[\"']?((?:https?:)?//[^\"'\s>]+)",
    r"<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preconnect|preload|dns-prefetch|icon))[^>]*?\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)",
    r"@import\s+(?:url\()?[\"']?((?:https?:)?//[^\"')\s;]+)",
    r"url\([\"']?((?:https?:)?//[^\"')\s]+)",
)


def loaded_from_outside(text: str) -> list[str]:
    """The addresses that a browser would fetch by itself; links that a reader follows are none.

    >>> loaded_from_outside('<a href="https://x.org">x</a><script src="https://x.org/a.js"></script>')
    ['https://x.org/a.js']
    """
    return [found for pattern in LOADS for found in re.findall(pattern, text)]


def main() -> int:
    site = Path(sys.argv[1])
    pages = [path for path in site.rglob("*") if path.suffix in (".html", ".css")]
    outside = {path: loaded_from_outside(path.read_text(encoding="utf-8")) for path in pages}
    for path, addresses in outside.items():
        for address in addresses:
            print(f"{path.relative_to(site)} loads {address}")
    print(f"site: {len(pages)} pages and styles")
    return 1 if any(outside.values()) or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
