"""Settings: defaults, mounted secrets, and the checks between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from setting_types import is_loopback
from settings import Settings, SettingsError, load_settings

REGISTERED = {"MicrosoftAppId": "id", "MicrosoftAppPassword": "p4ss", "MicrosoftAppTenantId": "tenant"}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
        monkeypatch.delenv(f"{field.alias}_FILE", raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_with_nothing_set_it_serves_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)
    assert (settings.host, settings.port, settings.app_id) == ("127.0.0.1", 3978, "")
    assert settings.database_url == "sqlite:///var/bot.db"
    assert (settings.content_dir / "program.yaml").is_file()


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, PORT="").port == 3978


@pytest.mark.parametrize(
    ("environment", "named", "advice"),
    [
        ({"MicrosoftAppId": "id", "MicrosoftAppTenantId": "t"}, "MicrosoftAppPassword", "set it too"),
        ({"MicrosoftAppPassword": "p4ss"}, "MicrosoftAppId", "set it too"),
        (REGISTERED | {"MicrosoftAppTenantId": ""}, "MicrosoftAppTenantId", "set it too"),
        ({"MicrosoftAppType": "Tenant"}, "MicrosoftAppType", "'SingleTenant'"),
        ({"HOST": "0.0.0.0"}, "HOST", "use 127.0.0.1"),
        (
            {"HOST": "0.0.0.0", "MicrosoftAppId": "id", "MicrosoftAppPassword": "p4ss", "MicrosoftAppTenantId": "t"},
            "PUBLIC_URL",
            "or CONSOLE=off",
        ),
        ({"CONSOLE_OIDC_CLIENT_SECRET": "p4ss"}, "CONSOLE_OIDC_ISSUER", "set it together with"),
        ({"CONSOLE_OIDC_ISSUER": "http://login.example"}, "CONSOLE_OIDC_ISSUER", "https://host"),
        ({"CONSOLE_OIDC_ROLES": "emperor=Everybody"}, "CONSOLE_OIDC_ROLES", "the roles are viewer, operator"),
        ({"CONSOLE_OIDC_ROLES": "admin"}, "CONSOLE_OIDC_ROLES", "write pairs"),
        ({"HOST": "bot.contoso.com"}, "HOST", "use 127.0.0.1"),
        (REGISTERED | {"BOT_CLOCK": "2026-03-10T09:00:00Z"}, "BOT_CLOCK", "unset it"),
        ({"BOT_CLOCK": "2026-03-10T09:00:00"}, "BOT_CLOCK", "with its zone"),
        ({"PORT": "http"}, "PORT", "integer"),
        ({"PORT": "65536"}, "PORT", "65535"),
        ({"DATABASE_URL": "postgres://u:p4ss@db/bot"}, "DATABASE_URL", "postgresql+asyncpg://"),
        ({"ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS", "https://host"),
        ({"ALLOWED_ORIGINS": "http://www.contoso.com"}, "ALLOWED_ORIGINS", "https://host"),
        ({"ALLOWED_ORIGINS": "https://www.contoso.com/page"}, "ALLOWED_ORIGINS", "nothing more"),
        ({"ALLOWED_ORIGINS": "https://me:p4ss@www.contoso.com"}, "ALLOWED_ORIGINS", "nothing more"),
        ({"ALLOWED_SERVICE_URLS": "*.com"}, "ALLOWED_SERVICE_URLS", "write hosts as"),
        ({"ALLOWED_SERVICE_URLS": "http://bots.contoso.com"}, "ALLOWED_SERVICE_URLS", "by https"),
        ({"ALLOWED_SERVICE_URLS": "https://me:p4ss@bots.contoso.com"}, "ALLOWED_SERVICE_URLS", "write hosts as"),
        ({"PUBLIC_URL": "bot.contoso.com"}, "PUBLIC_URL", "https://host"),
        ({"DIRECTLINE_SECRET": "p4ss"}, "DIRECTLINE_SECRET", "at least 32"),
        (REGISTERED | {"OPERATORS_CHANNEL": "Directory"}, "OPERATORS_CHANNEL", "Copy link"),
        ({"OPERATORS_CHANNEL": "the channel"}, "OPERATORS_CHANNEL", "the link that Teams copies"),
        ({"OPERATORS_CHANNEL": "https://teams.example/l/channel/19%3Aa%40thread.tacv2"}, "OPERATORS_CHANNEL", "link"),
        ({"RETENTION_LOG_DAYS": "0"}, "RETENTION_LOG_DAYS", "greater than"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "'debug'"),
        ({"MicrosoftAppPassword_FILE": "/nowhere/p4ss"}, "MicrosoftAppPassword_FILE", "check the path"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str, advice: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **environment)
    text = str(caught.value)
    assert text.startswith(f"{named}: ")
    assert advice in text
    assert "p4ss" not in text


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, HOST="0.0.0.0", DIRECTLINE_SECRET="short")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["HOST", "DIRECTLINE_SECRET"]


def test_a_managed_identity_needs_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        MicrosoftAppId="id",
        MicrosoftAppType="UserAssignedMSI",
        MicrosoftAppTenantId="t",
        HOST="0.0.0.0",
        PUBLIC_URL="https://bot.contoso.com",
    )
    assert settings.app_type == "UserAssignedMSI"


def test_secrets_are_read_from_mounted_files_and_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("canary\n", encoding="utf-8")
    settings = load(monkeypatch, MicrosoftAppId="id", MicrosoftAppTenantId="t", MicrosoftAppPassword_FILE=str(secret))
    assert settings.app_password.get_secret_value() == "canary"
    database = load(monkeypatch, DATABASE_URL="postgresql+asyncpg://u:canary@db/bot")
    assert "canary" not in repr(settings) + repr(database)


@pytest.mark.parametrize(
    "given",
    [
        "19:Ab_c-1@thread.tacv2",
        "https://teams.microsoft.com/l/channel/19%3AAb_c-1%40thread.tacv2/General?groupId=g&tenantId=t",
        "https://teams.cloud.microsoft/l/channel/19%3AAb_c-1%40thread.tacv2/%E5%8F%97%E7%90%86?groupId=g",
    ],
)
def test_a_channel_is_given_by_its_link_or_id(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    assert load(monkeypatch, **REGISTERED, OPERATORS_CHANNEL=given).operators_channel == "19:Ab_c-1@thread.tacv2"


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, ALLOWED_ORIGINS="https://WWW.contoso.com/, http://localhost:8000")
    assert settings.allowed_origins == ("https://www.contoso.com", "http://localhost:8000")


@pytest.mark.parametrize(
    ("host", "answer"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("LOCALHOST", True), ("0.0.0.0", False), ("", False)],
)
def test_loopback(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
