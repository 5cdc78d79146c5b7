"""`ward.toml`, the environment and the command line: what wins, what is refused, and that a secret is never in the file."""

import pytest
from typer.testing import CliRunner

from opensepsis.errors import FormatError, MissingError, OpensepsisError
from opensepsis.uses.ward import cli
from opensepsis.uses.ward.config_file import OPENID_SECRET, secret
from opensepsis.uses.ward.security.accounts import Role
from opensepsis.uses.ward.server import WardConfig

OPTIONS = """
timezone = "Europe/London"
port = 8443
active_wards = ["3A", "4B"]
mllp = ["hl7:2575", "lab:2576"]
trusted_proxy = ["10.0.0.0/8"]
training = true
"""
OPENID = """
[openid]
issuer = "https://login.example.org"
client_id = "ward"
address = "https://ward.example.org"
scopes = ["openid", "profile", "groups"]
[[openid.groups]]
name = "icu-nurses"
role = "nurse"
wards = ["ICU"]
[[openid.groups]]
name = "informatics"
role = "admin"
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the command with a file; the configuration with which a ward would start."""
    started: list[WardConfig] = []
    monkeypatch.setattr(cli, "start", started.append)

    def with_file(text: str, *more: str, **environment: str) -> WardConfig:
        file = tmp_path / "ward.toml"
        file.write_text(text, encoding="utf-8")
        answer = CliRunner(env=environment).invoke(
            cli.ward,
            ["--config", str(file), *more],
            auto_envvar_prefix="OPENSEPSIS_WARD",
            standalone_mode=False,
        )
        if answer.exception:
            raise answer.exception
        return started[-1]

    return with_file


def test_a_file_gives_every_option(run):
    plan = run(OPTIONS)
    assert (plan.web.port, plan.web.zone, plan.web.trusted_proxies) == (
        8443,
        "Europe/London",
        ("10.0.0.0/8",),
    )
    assert [(one.feed, one.port) for one in plan.listeners] == [("hl7", 2575), ("lab", 2576)]
    assert plan.policy.speaking_wards == frozenset(("3A", "4B")) and plan.policy.silent
    assert plan.web.openid is None
    assert [one.port for one in run("").listeners] == [2575], "an empty file changes nothing"


def test_the_command_line_comes_before_the_environment_and_that_before_the_file(run):
    assert run(OPTIONS, OPENSEPSIS_WARD_PORT="9001").web.port == 9001
    assert run(OPTIONS, "--port", "9002", OPENSEPSIS_WARD_PORT="9001").web.port == 9002


def test_a_provider_and_its_groups_are_read_and_the_secret_comes_from_elsewhere(run, tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.write_text("from a file\n", encoding="utf-8")
    openid = run(OPTIONS + OPENID, **{f"{OPENID_SECRET}_FILE": str(file)}).web.openid
    assert openid.client_secret == "from a file" and openid.scopes == ("openid", "profile", "groups")
    assert [(g.group, g.role, g.wards) for g in openid.groups] == [
        ("icu-nurses", Role.NURSE, frozenset(["ICU"])),
        ("informatics", Role.ADMIN, None),
    ]
    assert run(OPTIONS + OPENID, **{OPENID_SECRET: "from the environment"}).web.openid.client_secret == (
        "from the environment"
    )
    monkeypatch.setenv("OPENSEPSIS_X_FILE", str(tmp_path / "absent"))
    with pytest.raises(MissingError, match="OPENSEPSIS_X_FILE"):
        secret("OPENSEPSIS_X")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('timezon = "UTC"', "Did you mean 'timezone'"),
        ('port = "8443"', "'port' must be a whole number"),
        ("port = true", "'port' must be a whole number"),
        ('training = "yes"', "true or false"),
        ("timezone = 1", "'timezone' must be a text"),
        ('mllp = "2575"', "'mllp' must be a list"),
        ("demo = true", "no option 'demo'"),
        ('zone = "UTC"', "no option 'zone'"),
        ("port = ", "not valid TOML"),
        ("openid = 1", "must be a table"),
        (OPENID.replace('client_id = "ward"', ""), "'client_id' is missing"),
        (OPENID.replace('role = "nurse"', 'role = "nures"'), "needs a name, and a role"),
        (OPENID.replace('wards = ["ICU"]', 'wards = "ICU"'), "'wards' must be a list"),
        (OPENID.replace('wards = ["ICU"]', "wards = []"), "'wards' must be a list"),
        (OPENID.replace("https://login", "http://login"), "https"),
        (OPENID.replace("scopes", "scope"), "Did you mean 'scopes'"),
        (OPENID + "[[openid.group]]\n", "no 'group'"),
        (OPENID.split("[[")[0], "at least one"),
        (
            OPENID.replace('client_id = "ward"', 'client_secret = "hush"'),
            "secrets are not allowed in this file",
        ),
    ],
    ids=lambda value: value[-30:].strip(),
)
def test_what_cannot_be_meant_is_refused(run, text, why):
    with pytest.raises(FormatError) as refused:
        run(text)
    assert why in str(refused.value) and "hush" not in str(refused.value)


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(MissingError):
        cli.ward(["--config", "/nowhere/ward.toml"], standalone_mode=False)


def test_check_shows_what_holds_and_where_it_comes_from_but_no_secret(tmp_path, capsys, monkeypatch):
    file = tmp_path / "ward.toml"
    file.write_text(OPTIONS + OPENID, encoding="utf-8")
    monkeypatch.setenv(OPENID_SECRET, "hush")
    monkeypatch.setenv("OPENSEPSIS_WARD_HOST", "0.0.0.0")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    cli.ward(["config", "check", str(file)], standalone_mode=False)
    said = capsys.readouterr().out
    for words in (
        ("host", "0.0.0.0", "environment"),
        ("port", "8443", "file"),
        (OPENID_SECRET, "set", "environment"),
    ):
        assert any(all(word in line for word in words) for line in said.splitlines()), words
    assert (
        "register https://ward.example.org/login/openid/answer" in said and "icu-nurses: nurse, ICU" in said
    )
    assert "hush" not in said and [path.name for path in tmp_path.iterdir()] == ["ward.toml"], (
        "nothing was opened"
    )
    file.write_text(OPTIONS + 'certificate = "x.pem"\n', encoding="utf-8")
    with pytest.raises(OpensepsisError, match="--certificate and --key"):
        cli.ward(["config", "check", str(file)], standalone_mode=False)
