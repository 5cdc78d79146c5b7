"""The keys that somebody else publishes (a JWK Set), and what they signed."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import httpx2
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from opensepsis.uses.ward.notify.http import is_this_machine

# key pairs only: never none, never a shared secret
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY = 60  # seconds between two clocks
PATIENCE = 10.0  # seconds for the other side to answer
KEPT_FOR = 3600.0  # seconds that what is published is believed
KEYS_AGAIN = 30.0  # seconds before a key that is not known is asked for again


class Unpublished(Exception):
    """What is published elsewhere cannot be had, in words without what was sent."""


class PublishedKeys:
    """A JWK Set at an address (https, or http to this machine) or in a file, read anew at most twice a minute."""

    def __init__(self, place: str):
        self.place = place
        self._held: tuple[float, KeySet] | None = None
        self._asking = asyncio.Lock()

    async def decoded(self, token: str) -> jwt.Token:
        """Header and claims of a token that one of the keys signed; JoseError, ValueError or Unpublished otherwise.

        Only the signature is checked here, not what the claims say.
        """
        try:
            return jwt.decode(token, await self._keys(KEPT_FOR), algorithms=list(SIGNED_BY))
        except (JoseError, ValueError):  # a key may be new
            return jwt.decode(token, await self._keys(KEYS_AGAIN), algorithms=list(SIGNED_BY))

    async def _keys(self, oldest: float) -> KeySet:
        async with self._asking:
            if self._held is None or monotonic() - self._held[0] > oldest:
                self._held = monotonic(), KeySet.import_key_set(_of_keys(await self._set()))
            return self._held[1]

    async def _set(self) -> dict:
        if urlsplit(self.place).scheme in ("http", "https"):
            return await published(self.place)
        try:
            return orjson.loads(Path(self.place).read_bytes())
        except (OSError, ValueError) as problem:
            raise Unpublished(f"The file of keys cannot be read ({type(problem).__name__}).") from None


def _of_keys(found: dict) -> KeySetSerialization:
    """ValueError unless it is a set of keys."""
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise ValueError("no set of keys")
    return {"keys": keys}


async def published(url: str, headers: Mapping[str, str] | None = None) -> dict:
    """A JSON object from an address; Unpublished when there is none."""
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(url, headers=headers)
            answer.raise_for_status()
            found = answer.json()
    except (httpx2.HTTPError, ValueError) as problem:
        raise Unpublished(f"It could not be reached ({type(problem).__name__}).") from None
    if not isinstance(found, dict):
        raise Unpublished("Its published metadata cannot be read.")
    return found


def is_encrypted(url: str) -> bool:
    """Whether an address is https, or http to this machine.

    >>> [is_encrypted(url) for url in ("https://a.example.org", "http://127.0.0.1:80", "http://a.example.org", "")]
    [True, True, False, False]
    """
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname))
    )
