"""What the ward asks a FHIR server: a resource, a search page by page, a bulk export. The token goes to that server alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx2

JSON = "application/fhir+json"
PATIENCE = 30.0
PAGE = 200
LINES = 100  # of an export in one message
LONGEST_EXPORT = 3600.0  # seconds until an export is given up
LONGEST_PAUSE = 60.0


class Unanswered(Exception):
    """A server that did not answer as it should, in words without what it said; `status` is 0 without an answer."""

    def __init__(self, words: str, status: int = 0):
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class FhirClient:
    """Asks one server."""

    base: str
    token: str = ""

    async def get(self, address: str) -> dict:
        """A resource or Bundle of a relative address, or of one that the server gave; Unanswered without one."""
        return _object(await self._asked("GET", address))

    async def create(self, resource: dict) -> dict:
        """Creates a resource; as the server has it, or with the id of its Location."""
        answer = await self._asked("POST", resource["resourceType"], resource)
        named = urlsplit(answer.headers.get("location", "")).path.partition("/_history")[0].rpartition("/")[2]
        try:
            said = answer.json()
        except ValueError:
            said = None
        return said if isinstance(said, dict) and said.get("id") else {"id": named}

    async def pages(self, kind: str, query: dict[str, str]) -> AsyncIterator[dict]:
        """The pages of a search."""
        address = f"{kind}?{urlencode(query | {'_count': str(PAGE)})}"
        seen = set()
        while address and address not in seen:
            seen.add(address)
            page = await self.get(address)
            yield page
            links = (one for one in page.get("link") or () if isinstance(one, dict))
            address = next((str(one.get("url")) for one in links if one.get("relation") == "next"), "")

    async def export(self, kinds: tuple[str, ...]) -> AsyncIterator[list[str]]:
        """Lines of NDJSON, some at a time, in the order of the types asked for: those that others refer to come first."""
        more = {"Prefer": "respond-async"}
        begun = await self._asked("GET", f"$export?_type={quote(','.join(kinds), safe=',')}", headers=more)
        place = begun.headers.get("content-location", "")
        if begun.status_code != 202 or not place:
            raise Unanswered("the export was not started", begun.status_code)
        manifest = await self._exported(place)
        files = [one for one in manifest.get("output") or () if isinstance(one, dict) and one.get("url")]
        order = {kind: number for number, kind in enumerate(kinds)}
        for one in sorted(files, key=lambda one: order.get(str(one.get("type")), len(order))):
            async for lines in self._lines(str(one["url"])):
                yield lines
        await self._asked("DELETE", place, no_matter=True)

    async def _exported(self, place: str) -> dict:
        """The list of files of an export, when it is ready."""
        waited = 0.0
        while waited < LONGEST_EXPORT:
            answer = await self._asked("GET", place)
            if answer.status_code != 202:
                return _object(answer)
            said = answer.headers.get("retry-after", "")
            pause = min(float(said), LONGEST_PAUSE) if said.isdigit() else 1.0
            await asyncio.sleep(pause)
            waited += max(pause, 0.1)
        raise Unanswered("the export was not ready within an hour")

    async def _lines(self, address: str) -> AsyncIterator[list[str]]:
        held: list[str] = []
        url = self._url(address)
        try:
            async with (
                httpx2.AsyncClient(timeout=PATIENCE) as client,
                client.stream(
                    "GET", url, headers=self._headers(url, {"Accept": "application/fhir+ndjson"})
                ) as answer,
            ):
                if answer.status_code != 200:
                    raise Unanswered(f"answered {answer.status_code}", answer.status_code)
                async for line in answer.aiter_lines():
                    if line.strip():
                        held.append(line)
                    if len(held) >= LINES:
                        yield held
                        held = []
        except httpx2.HTTPError as problem:
            raise Unanswered(type(problem).__name__) from None
        if held:
            yield held

    async def _asked(
        self,
        method: str,
        address: str,
        body: dict | None = None,
        headers: dict | None = None,
        no_matter: bool = False,
    ) -> httpx2.Response:
        url = self._url(address)
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE) as client:
                more = {"Content-Type": JSON} if body is not None else {}
                said = self._headers(url, more | (headers or {}))
                answer = await client.request(method, url, json=body, headers=said)
        except httpx2.HTTPError as problem:
            raise Unanswered(type(problem).__name__) from None
        if not 200 <= answer.status_code < 300 and not no_matter:
            raise Unanswered(f"answered {answer.status_code}", answer.status_code)
        return answer

    def _url(self, address: str) -> str:
        """The whole address of something on this server; Unanswered for one elsewhere."""
        url = urljoin(f"{self.base}/", address)
        if urlsplit(url)[:2] != urlsplit(self.base)[:2]:
            raise Unanswered("the response refers to another server")
        return url

    def _headers(self, url: str, more: dict[str, str]) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Accept": JSON} | own | more


def _object(answer: httpx2.Response) -> dict:
    try:
        said = answer.json()
    except ValueError:
        raise Unanswered("the response is not JSON", answer.status_code) from None
    if not isinstance(said, dict):
        raise Unanswered("the response is not a FHIR resource", answer.status_code)
    return said
