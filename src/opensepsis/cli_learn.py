"""The command `learn`: the learner's page as a file, a folder, or served on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from opensepsis.cli_output import out_console


def learn(
    out: Annotated[
        Path | None,
        typer.Option(
            help="HTML file, or folder for index.html; it works offline. Default: serve the page here."
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="Language the page opens in: en or de.")] = "en",
    emergency_number: Annotated[
        str, typer.Option(help="Local emergency number, such as 112, 999 or 911; the reader can change it.")
    ] = "112",
    port: Annotated[int, typer.Option(help="Port of the served page, on this machine only.")] = 8017,
) -> None:
    """Learn about sepsis: plain-language pages on signs, risk, care and prevention, and a simulated patient to rescue."""
    from opensepsis.learn import write_page

    if out is not None:
        page = write_page(out, language, emergency_number)
        out_console.print(f"Page written: {page}. It opens in any browser, also on a phone.", markup=False)
        return
    from opensepsis.learn.serve import served

    with served(language, emergency_number, port) as server:
        out_console.print(f"Open http://127.0.0.1:{server.server_port}/ (Ctrl+C ends it)", markup=False)
        server.serve_forever()
