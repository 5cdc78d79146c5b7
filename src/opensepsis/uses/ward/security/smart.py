"""SMART App Launch: the record system opens the ward's page of the patient it shows, and says who its user is.

Source: SMART App Launch 2.2 (EHR launch and standalone launch, `openid fhirUser`, PKCE with S256).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import orjson

from opensepsis.errors import OutputError
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.security.openid import (
    GroupRole,
    Known,
    OpenID,
    Pending,
    Provider,
    SignOnRefused,
    got,
)
from opensepsis.uses.ward.security.published_keys import is_encrypted

EVERYBODY = "everybody whom the record system lets launch"
IDENTITY = ("openid", "fhirUser", "patient/Patient.rs")
LONGEST_ID = 64


@dataclass(frozen=True)
class SmartServer:
    """A record system's FHIR server, the ward's client there, the feed whose patients are its, and what its users may do here."""

    server: str
    client_id: str
    feed: str
    role: Role = Role.VIEWER
    wards: frozenset[str] | None = None
    client_secret: str = field(default="", repr=False)

    def __post_init__(self):
        if not is_encrypted(self.server) or not self.client_id or not self.feed:
            raise OutputError("Each [[smart]] needs an https server, a client_id and a feed.")
        if self.role is Role.ADMIN:
            raise OutputError(
                "A [[smart]] launch cannot give the role admin. Choose viewer, nurse or physician."
            )


class SmartProvider(Provider):
    """The authorization server of a record system; `address` is where browsers find the ward."""

    published_at = "/.well-known/smart-configuration"

    def __init__(self, smart: SmartServer, address: str):
        self.smart = smart
        everybody = (GroupRole(EVERYBODY, smart.role, smart.wards),)
        openid = OpenID(
            smart.server, smart.client_id, address, everybody, smart.client_secret, scopes=IDENTITY
        )
        super().__init__(openid, f"{address.rstrip('/')}/smart/answer")

    def _check_described(self, found: dict) -> None:
        if not isinstance(found.get("issuer"), str) or "S256" not in found.get(
            "code_challenge_methods_supported", ()
        ):
            raise SignOnRefused("The record system does not offer sign-on (issuer) with PKCE (S256).")

    async def launch_address(self, pending: Pending, launch: str) -> str:
        """Where the browser is sent; `launch` is the record system's handle, "" when the ward's page comes first."""
        first = ("launch",) if launch else ("launch/patient",)
        more = {"launch": launch} if launch else {}
        return await self.address_for(
            pending, aud=self.smart.server, scope=" ".join((*first, *IDENTITY)), **more
        )

    async def launched(self, answer: Mapping[str, str], pending: Pending, now: int) -> tuple[Known, bytes]:
        """Who launched, and the Patient who is shown, as FHIR; SignOnRefused when either is not proved."""
        known, token = await self.known_with_token(answer, pending, now)
        name = token.get("patient")
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
            raise SignOnRefused("The record system did not say which patient is shown.")
        address = f"{self.smart.server.rstrip('/')}/Patient/{quote(name, safe='')}"
        said = await got(
            address,
            {"Authorization": f"Bearer {token.get('access_token', '')}", "Accept": "application/fhir+json"},
        )
        if said.get("resourceType") != "Patient" or said.get("id") != name:
            raise SignOnRefused("The record system answered with another patient.")
        return known, orjson.dumps(said)
