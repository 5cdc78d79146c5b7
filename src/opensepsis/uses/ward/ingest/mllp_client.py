"""A sender of HL7 v2 over MLLP that does not give up: each message goes out again until it is acknowledged or refused."""

import asyncio
import ssl
from dataclasses import dataclass

from opensepsis.uses.ward.ingest.mllp_server import END, START


@dataclass(frozen=True)
class Target:
    """Where to send; with `tls` encrypted. `patience` in seconds: for one answer, and between two tries."""

    host: str = "127.0.0.1"
    port: int = 2575
    tls: ssl.SSLContext | None = None
    patience: float = 10.0


def answer_code(answer: bytes) -> tuple[str, bytes]:
    """MSA-1 and MSA-2 of an acknowledgement; ("", b"") for something else.

    >>> answer_code(b"MSH|^~\\\\&|A|B\\rMSA|AA|17\\r")
    ('AA', b'17')
    """
    separator = answer[3:4]
    for segment in answer.split(b"\r"):
        if segment.startswith(b"MSA" + separator):
            fields = segment.split(separator)
            return fields[1].decode("ascii", "replace"), fields[2] if len(fields) > 2 else b""
    return "", b""


class MLLPSender:
    """One connection, opened when it is needed and again after it broke."""

    def __init__(self, target: Target):
        self.target = target
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, raw: bytes) -> str:
        """AA or AR, as the receiver answered; after AE, silence or a broken connection the message goes out again."""
        while True:
            try:
                async with asyncio.timeout(self.target.patience):
                    code = await self._once(raw)
                if code in ("AA", "CA", "AR", "CR"):
                    return "A" + code[1]
            except (OSError, EOFError, TimeoutError):
                await self.close()
            await asyncio.sleep(min(0.5, self.target.patience))

    async def _once(self, raw: bytes) -> str:
        if self._streams is None:
            target = self.target
            self._streams = await asyncio.open_connection(target.host, target.port, ssl=target.tls)
        reader, writer = self._streams
        writer.write(START + raw + END)
        await writer.drain()
        answer = await reader.readuntil(END)
        return answer_code(answer[1 : -len(END)])[0]

    async def close(self) -> None:
        """Closes the connection."""
        if self._streams:
            _, writer = self._streams
            self._streams = None
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                return
