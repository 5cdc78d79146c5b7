"""`ward.toml`: the options of `opensepsis ward` in a file, and what needs more than an option.

The names are those of the options, with underscores; lists may be lists. A table [openid] sets up single sign-on, a table [cds_hooks]
names the record systems that may ask for cards. The command line comes first, then environment variables (OPENSEPSIS_WARD_ and the
option's name), then the file. Secrets are never in the file: they come from the environment, or from a file that OPENSEPSIS_…_FILE
names.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from opensepsis.errors import FormatError, MissingError, OutputError, nearest
from opensepsis.uses.ward.cds.clients import CdsClient, CdsHooks
from opensepsis.uses.ward.ingest.fhir_source import FhirSource
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.security.openid import GroupRole, OpenID
from opensepsis.uses.ward.security.smart import SmartServer

JOINED = ("active_wards", "overdue_alerts_for")  # lists that the command line writes with commas
TABLES = ("openid", "cds_hooks", "smart", "fhir_sources")
SMART_SECRET = "OPENSEPSIS_SMART_SECRET"
OPENID_SECRET = "OPENSEPSIS_OPENID_SECRET"
FHIR_TOKEN = "OPENSEPSIS_FHIR_TOKEN"
WEBHOOK_SECRET = "OPENSEPSIS_WEBHOOK_SECRET"
MQTT_PASSWORD = "OPENSEPSIS_MQTT_PASSWORD"
SECRETS = (OPENID_SECRET, SMART_SECRET, FHIR_TOKEN, WEBHOOK_SECRET, MQTT_PASSWORD)


@dataclass(frozen=True)
class ConfigFile:
    """What a file says: `options` by their names, and the provider of single sign-on, if there is one."""

    path: Path
    options: Mapping[str, object]
    openid: OpenID | None = None
    cds_hooks: CdsHooks | None = None
    smart: tuple[SmartServer, ...] = ()
    fhir_sources: tuple[FhirSource, ...] = ()


def secret(name: str) -> str:
    """A secret from the environment, or from the file that the variable `NAME_FILE` names; "" without either.

    MissingError for a file that is not there. The last line break of the file is not part of it.
    """
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return os.environ.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as problem:
        raise MissingError(
            f"The file that {name}_FILE names cannot be read ({problem.strerror})."
        ) from problem


def read_config(path: Path, options: Mapping[str, type]) -> ConfigFile:
    """Reads `ward.toml`; `options` are the names that may stand in it, with their types.

    MissingError, FormatError or OutputError say what to correct: an unknown name, a value of the wrong type, a secret in the file.
    """
    said = _parsed(path)
    provider, hooks, smart, sources = (said.pop(name, None) for name in TABLES)
    for name, value in said.items():
        if name not in options:
            raise FormatError(f"{path}: there is no option '{name}'. {nearest(name, [*options, *TABLES])}")
        if name in JOINED and isinstance(value, list):
            value = said[name] = ",".join(map(str, value))
        wanted = options[name]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise FormatError(f"{path}: '{name}' must be {_in_words(wanted)}.")
    return ConfigFile(
        path,
        said,
        None if provider is None else _provider(path, provider),
        None if hooks is None else _hooks(path, hooks),
        () if smart is None else _smart(path, smart),
        () if sources is None else _sources(path, sources),
    )


def _parsed(path: Path) -> dict:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as problem:
        raise MissingError(f"{path} cannot be read ({problem.strerror}).") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise FormatError(f"{path} is not valid TOML: {problem}") from problem


OPENID_NAMES = ("issuer", "client_id", "address", "groups_claim", "scopes", "title", "groups")
GROUP_NAMES = ("name", "role", "wards")


def _provider(path: Path, said: object) -> OpenID:
    where = f"{path}, [openid]"
    given = _table(where, said, OPENID_NAMES)
    for name in ("issuer", "client_id", "address"):
        if not isinstance(given.get(name), str):
            raise FormatError(f"{where}: '{name}' is missing.")
    groups = given.pop("groups", [])
    if not isinstance(groups, list):
        raise FormatError(f"{where}: groups are tables [[openid.groups]].")
    given["groups"] = tuple(_group(f"{path}, [[openid.groups]]", one) for one in groups)
    if "scopes" in given:
        given["scopes"] = tuple(_texts(where, "scopes", given["scopes"]))
    try:
        return OpenID(**given, client_secret=secret(OPENID_SECRET))
    except OutputError as problem:
        raise FormatError(f"{path}: {problem}") from problem


CDS_NAMES, CLIENT_NAMES = ("address", "clients"), ("issuer", "keys", "feed")


def _hooks(path: Path, said: object) -> CdsHooks:
    where = f"{path}, [cds_hooks]"
    given = _table(where, said, CDS_NAMES)
    clients = given.get("clients", [])
    if not isinstance(given.get("address"), str) or not isinstance(clients, list):
        raise FormatError(f"{where}: it needs an address, and tables [[cds_hooks.clients]].")
    try:
        return CdsHooks(
            given["address"], tuple(_client(f"{path}, [[cds_hooks.clients]]", one) for one in clients)
        )
    except OutputError as problem:
        raise FormatError(f"{path}: {problem}") from problem


def _client(where: str, said: object) -> CdsClient:
    given = _table(where, said, CLIENT_NAMES)
    if not all(isinstance(given.get(name), str) for name in CLIENT_NAMES):
        raise FormatError(f"{where}: each needs {', '.join(CLIENT_NAMES)}.")
    return CdsClient(**given)


SMART_NAMES = ("server", "client_id", "feed", "role", "wards")


def _smart(path: Path, said: object) -> tuple[SmartServer, ...]:
    where = f"{path}, [[smart]]"
    if not isinstance(said, list):
        raise FormatError(f"{where}: these are tables [[smart]].")
    try:
        return tuple(_smart_server(where, _table(where, one, SMART_NAMES)) for one in said)
    except OutputError as problem:
        raise FormatError(f"{path}: {problem}") from problem


def _smart_server(where: str, given: dict) -> SmartServer:
    if (
        not all(isinstance(given.get(name), str) for name in SMART_NAMES[:4])
        or given["role"].upper() not in Role.__members__
    ):
        raise FormatError(f"{where}: each needs {', '.join(SMART_NAMES[:4])}.")
    wards = None if "wards" not in given else frozenset(_texts(where, "wards", given["wards"]))
    role = Role[given["role"].upper()]
    return SmartServer(given["server"], given["client_id"], given["feed"], role, wards, secret(SMART_SECRET))


SOURCE_NAMES = {
    "feed": str, "server": str, "topics": list, "kinds": list, "filters": list, "content": str, "heartbeat": int, "begin_with_bulk": bool,
}  # fmt: skip


def _sources(path: Path, said: object) -> tuple[FhirSource, ...]:
    where = f"{path}, [[fhir_sources]]"
    if not isinstance(said, list):
        raise FormatError(f"{where}: these are tables [[fhir_sources]].")
    found = []
    for one in said:
        given = _table(where, one, tuple(SOURCE_NAMES))
        for name, wanted in SOURCE_NAMES.items():
            if name in given and (type(given[name]) is not wanted):
                raise FormatError(f"{where}: '{name}' must be {_in_words(wanted)}.")
            if wanted is list and name in given:
                given[name] = tuple(_texts(where, name, given[name]))
        missing = next((name for name in ("feed", "server", "topics") if name not in given), "")
        if missing:
            raise FormatError(f"{where}: '{missing}' is missing.")
        try:
            found.append(FhirSource(**given, token=secret(FHIR_TOKEN)))
        except OutputError as problem:
            raise FormatError(f"{path}: {problem}") from problem
    if len({one.base for one in found}) < len(found):
        raise FormatError(f"{where}: name each server only once, with all its topics.")
    return tuple(found)


def _group(where: str, said: object) -> GroupRole:
    given = _table(where, said, GROUP_NAMES)
    role = str(given.get("role", "")).upper()
    if role not in Role.__members__ or not isinstance(given.get("name"), str):
        known = ", ".join(r.name.lower() for r in Role)
        raise FormatError(f"{where}: each needs a name, and a role ({known}).")
    wards = None if "wards" not in given else frozenset(_texts(where, "wards", given["wards"]))
    return GroupRole(given["name"], Role[role], wards)


def _table(where: str, said: object, names: tuple[str, ...]) -> dict:
    if not isinstance(said, dict):
        raise FormatError(f"{where} must be a table.")
    for name in said:
        if "secret" in name or "password" in name:
            raise FormatError(
                f"{where}: secrets are not allowed in this file. Set {OPENID_SECRET} or {OPENID_SECRET}_FILE."
            )
        if name not in names:
            raise FormatError(f"{where}: there is no '{name}'. {nearest(name, names)}")
    return dict(said)


def _texts(where: str, name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        raise FormatError(f"{where}: '{name}' must be a list of texts.")
    return value


def _in_words(wanted: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", list: "a list of texts"}.get(
        wanted, "a text"
    )
