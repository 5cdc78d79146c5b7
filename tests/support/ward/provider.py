"""A provider of ours for hostile answers: it signs whatever a test tells it to."""

import json
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "ward"


@cache
def _key() -> RSAKey:
    """One for all providers of a process: to draw a key takes longer than to sign on with it."""
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class HostileProvider:
    """What it will say next. `claims` are laid over right ones; a claim that is None is left out."""

    base: str
    now: int
    key: RSAKey = field(default_factory=_key)
    published: list[RSAKey] = field(default_factory=list)
    claims: dict = field(default_factory=dict)
    header: dict = field(default_factory=dict)
    metadata: dict = field(default_factory=dict)
    user_info: dict = field(default_factory=dict)
    more: dict = field(default_factory=dict)  # beside the tokens, as SMART's launch context
    patient: dict = field(default_factory=dict)
    raw_token: str | None = None
    challenge: str = ""
    nonce: str = ""
    asked: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.published = [self.key]

    def sent_to(self, address: str) -> dict[str, str]:
        """Takes note of what the ward sends along; its parameters."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.challenge, self.nonce = said["code_challenge"], said["nonce"]
        return said

    def described(self) -> dict:
        return {
            "issuer": self.base,
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "jwks_uri": f"{self.base}/jwks",
            "userinfo_endpoint": f"{self.base}/me",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.metadata

    def keys(self) -> dict:
        return KeySet(self.published).as_dict(private=False)

    def token(self, form: dict[str, list[str]]) -> tuple[int, dict]:
        verifier = form.get("code_verifier", [""])[0]
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if challenge != self.challenge:
            return 400, {"error": "invalid_grant"}
        right = {
            "iss": self.base, "sub": "s-1", "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": self.nonce,
            "preferred_username": "ada", "groups": ["icu-nurses"],
        }  # fmt: skip
        claims = {name: value for name, value in (right | self.claims).items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid} | self.header
        signed = self.raw_token or jwt.encode(header, claims, self.key, algorithms=[header["alg"]])
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": signed} | self.more


@contextmanager
def hostile(now: int):
    """One that listens on this machine; `now` in seconds."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            provider.asked.append(self.path)
            if self.path.startswith(
                "/authorize?"
            ):  # whom a record system knows already it sends back at once
                return self._send_back(provider.sent_to(self.path))
            found = {
                "/.well-known/openid-configuration": provider.described,
                "/jwks": provider.keys,
                "/.well-known/smart-configuration": provider.described,
                "/me": lambda: provider.user_info,
            }
            self._say(200, found.get(self.path, lambda: provider.patient)())

        def do_POST(self):
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._say(*provider.token(parse_qs(body)))

        def _send_back(self, said: dict[str, str]) -> None:
            self.send_response(303)
            self.send_header("location", f"{said['redirect_uri']}?code=c&state={said['state']}")
            self.send_header("content-length", "0")
            self.end_headers()

        def _say(self, status: int, what: dict) -> None:
            body = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    provider = HostileProvider(f"http://127.0.0.1:{server.server_port}", now)
    Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
