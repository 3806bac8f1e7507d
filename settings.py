"""Every setting of the bot, from the environment.

`docs/settings.md` is written by ``python settings.py > docs/settings.md``; a test keeps the two equal. A secret may
also be mounted as a file: ``NAME_FILE`` holds its path.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from setting_types import (
    Address,
    Burst,
    DatabaseUrl,
    Days,
    Issuer,
    Moment,
    Origins,
    PerHour,
    PerMinute,
    RoleNames,
    ServiceHosts,
    TeamsChannel,
    is_loopback,
    is_teams_channel,
)

ROOT = Path(__file__).resolve().parent
COPY_LINK = "OPERATORS_CHANNEL: give the link that Teams copies for the channel (the channel's …, Copy link to channel)"


class SettingsError(Exception):
    """The settings cannot be used; each line of the message names one and says what to do."""


class Settings(BaseSettings):
    """The bot's settings. Field names are ours, aliases are the names in the environment."""

    model_config = SettingsConfigDict(
        populate_by_name=True, frozen=True, hide_input_in_errors=True, env_ignore_empty=True, extra="ignore"
    )

    app_id: str = Field(
        default="",
        alias="MicrosoftAppId",
        description="Application (client) id of the bot's registration. Without it the bot serves the web chat, the "
        "terminal, the Emulator and Agents Playground on this machine only.",
    )
    app_password: SecretStr = Field(
        default=SecretStr(""),
        alias="MicrosoftAppPassword",
        description="Client secret of the registration. Not needed for `UserAssignedMSI`.",
    )
    app_type: Literal["SingleTenant", "MultiTenant", "UserAssignedMSI"] = Field(
        default="SingleTenant", alias="MicrosoftAppType", description="Kind of the registration."
    )
    app_tenant_id: str = Field(
        default="",
        alias="MicrosoftAppTenantId",
        description="Directory (tenant) id of the registration. Not needed for `MultiTenant`.",
    )
    port: int = Field(default=3978, ge=0, le=65535, alias="PORT", description="Port to serve on. 0 takes a free one.")
    host: str = Field(
        default="127.0.0.1",
        alias="HOST",
        description="Address to serve on. Anything but this machine (`0.0.0.0` in a container) needs `MicrosoftAppId`.",
    )
    public_url: Address = Field(
        default="",
        alias="PUBLIC_URL",
        description="Address at which users reach the bot, as in `https://bot.contoso.com`, when it is behind a proxy. "
        "Direct Line hands it out as the address of its stream.",
    )
    database_url: DatabaseUrl = Field(
        default="sqlite:///var/bot.db",
        alias="DATABASE_URL",
        repr=False,
        description="Database: `sqlite:///path` for one process, "
        "`postgresql+asyncpg://user:password@host/name` for several.",
    )
    content_dir: Path = Field(
        default=ROOT / "content",
        alias="CONTENT_DIR",
        description="Folder with `program.yaml` and a folder per language.",
    )
    directline_secret: SecretStr = Field(
        default=SecretStr(""),
        alias="DIRECTLINE_SECRET",
        description="Secret of at least 32 characters with which the server of a site asks for Direct Line tokens for "
        "its users. The same in every process of one database. Without it only the bot's own pages get tokens.",
    )
    allowed_origins: Origins = Field(
        default=(),
        alias="ALLOWED_ORIGINS",
        description="Origins of the sites that may embed the web chat, separated by commas, as in "
        "`https://www.contoso.com`. The bot's own page needs no entry.",
    )
    allowed_service_urls: ServiceHosts = Field(
        default=(),
        alias="ALLOWED_SERVICE_URLS",
        description="Hosts of channels, separated by commas, that the bot may post to with its token besides "
        "Microsoft's own, as in `bots.contoso.com`; `*.contoso.com` for all below a name that is yours alone; or a "
        "channel's https address, whose host counts. By https at port 443 only. Without `MicrosoftAppId` the bot posts "
        "to this machine only.",
    )
    connections_per_address: int = Field(
        default=200,
        ge=0,
        alias="CONNECTIONS_PER_ADDRESS",
        description="Open connections that one network address may have. 0 sets no limit: use it behind a proxy.",
    )
    proxies: int = Field(
        default=0,
        ge=0,
        le=9,
        alias="PROXIES",
        description="How many proxies of yours stand in front, each of which appends the address it heard to "
        "`X-Forwarded-For`. Visitors are told apart by that address; without it all who come through a proxy are one.",
    )
    rate_user: PerMinute = Field(
        default=20, alias="RATE_USER", description="Messages a minute that a user may send, on average. 0: no limit."
    )
    rate_user_burst: Burst = Field(default=10, alias="RATE_USER_BURST", description="Messages of a user at once.")
    rate_address: PerMinute = Field(
        default=120,
        alias="RATE_ADDRESS",
        description="Direct Line requests, and requests without a good token, that a network address may make a "
        "minute. This machine may make more. 0: no limit.",
    )
    rate_sessions: PerMinute = Field(
        default=10,
        alias="RATE_SESSIONS",
        description="Web chat sessions that a network address may open a minute. 0: no limit.",
    )
    rate_page_checks: PerHour = Field(
        default=5,
        alias="RATE_PAGE_CHECKS",
        description="Landing pages that the bot looks at for a user in an hour, on average and at once. 0: no limit.",
    )
    console: bool = Field(
        default=True,
        alias="CONSOLE",
        description="Whether operators work at `/console`. Beyond this machine it needs a `PUBLIC_URL` that begins "
        "with `https://`; set `off` where nobody uses it.",
    )
    console_oidc_issuer: Issuer = Field(
        default="",
        alias="CONSOLE_OIDC_ISSUER",
        description="Identity provider (OpenID Connect) of the console's users, exactly as its tokens write it: for "
        "Entra ID `https://login.microsoftonline.com/<tenant id>/v2.0`. Without one the console has its own passwords.",
    )
    console_oidc_client_id: str = Field(
        default="", alias="CONSOLE_OIDC_CLIENT_ID", description="Client id of the console at the identity provider."
    )
    console_oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), alias="CONSOLE_OIDC_CLIENT_SECRET", description="Client secret that belongs to it."
    )
    console_oidc_roles_claim: str = Field(
        default="roles",
        alias="CONSOLE_OIDC_ROLES_CLAIM",
        description="Claim of the id token that holds the roles; `a.b` for one inside another.",
    )
    console_oidc_roles: RoleNames = Field(
        default={},
        alias="CONSOLE_OIDC_ROLES",
        description="Which values of that claim mean which role, as in `admin=Desk Admins,operator=Desk`. Besides, "
        "`viewer`, `operator`, `curator` and `admin` mean themselves.",
    )
    operators_channel: TeamsChannel = Field(
        default="",
        alias="OPERATORS_CHANNEL",
        description="Channel in Teams in which operators get a card for each request: the link that *Copy link* gives "
        "for the channel, or its id. The bot must be installed in the team. See [teams.md](teams.md).",
    )
    operators_language: str = Field(
        default="",
        alias="OPERATORS_LANGUAGE",
        description="Language of those cards, as in `zh-CN`. Without it, the content's own.",
    )
    teams_developer: str = Field(
        default="",
        alias="TEAMS_DEVELOPER",
        description="Name of whoever offers the bot, for the Teams app package (`python -m teams package`).",
    )
    teams_website_url: str = Field(default="", alias="TEAMS_WEBSITE_URL", description="Their website.")
    teams_privacy_url: str = Field(default="", alias="TEAMS_PRIVACY_URL", description="Their privacy statement.")
    teams_terms_url: str = Field(default="", alias="TEAMS_TERMS_URL", description="Their terms of use.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", alias="LOG_LEVEL", description="Least level that is logged."
    )
    clock: Moment | None = Field(
        default=None,
        alias="BOT_CLOCK",
        description="A time from which the clock runs, for tests, as in `2026-03-10T09:00:00Z`. Refused with "
        "`MicrosoftAppId`.",
    )
    page_check: bool = Field(
        default=True,
        alias="PAGE_CHECK",
        description="Whether the bot looks at the landing page of a listing request and reports what it finds. It "
        "fetches from the public internet only. Set `off` where the network lets nothing out.",
    )
    embeddings: str = Field(
        default="",
        alias="EMBEDDINGS",
        description="What knows the meaning of words beside their letters, by language, as in `en=models/en`: a folder "
        "with an ONNX model and its `manifest.json`, or `wordllama`. Off unless set; see [answers.md](answers.md).",
    )
    retention_inbox_days: Days = Field(
        default=3, alias="RETENTION_INBOX_DAYS", description="Days to recognize a repeated delivery of a message."
    )
    retention_outbox_days: Days = Field(
        default=30,
        alias="RETENTION_OUTBOX_DAYS",
        description="Days to keep messages that could not be delivered; never fewer than `RETENTION_INBOX_DAYS`.",
    )
    retention_log_days: Days = Field(
        default=30, alias="RETENTION_LOG_DAYS", description="Days to keep the messages of web chat and terminal."
    )
    retention_state_days: Days = Field(
        default=90, alias="RETENTION_STATE_DAYS", description="Days to keep the state of a silent conversation."
    )
    retention_missed_days: Days = Field(
        default=180, alias="RETENTION_MISSED_DAYS", description="Days to keep questions that were not answered."
    )
    retention_exchanges_days: Days = Field(
        default=90,
        alias="RETENTION_EXCHANGES_DAYS",
        description="Days to keep what partners typed and which entry answered it, for the console.",
    )
    retention_feedback_days: Days = Field(
        default=365, alias="RETENTION_FEEDBACK_DAYS", description="Days to keep *was this helpful* answers."
    )
    retention_cases_days: Days = Field(
        default=730,
        alias="RETENTION_CASES_DAYS",
        description="Days after which a closed request is emptied: type, state, days and reference stay. One that is "
        "open stays as it is.",
    )
    retention_empty_cases_days: Days = Field(
        default=1095,
        alias="RETENTION_EMPTY_CASES_DAYS",
        description="Days to keep what is left of a request that was emptied, by time or because its owner wished it.",
    )
    retention_audit_days: Days = Field(
        default=730, alias="RETENTION_AUDIT_DAYS", description="Days to keep the console's audit log."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        problems = [text for wrong, text in self._rules() if wrong]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _rules(self) -> tuple[tuple[bool, str], ...]:
        """What must hold between settings: (is broken, what to do)."""
        registered, managed = bool(self.app_id), self.app_type == "UserAssignedMSI"
        password, secret = self.app_password.get_secret_value(), self.directline_secret.get_secret_value()
        provider = (
            self.console_oidc_issuer,
            self.console_oidc_client_id,
            self.console_oidc_client_secret.get_secret_value(),
        )
        return (
            (
                any(provider) and not all(provider),
                "CONSOLE_OIDC_ISSUER: set it together with CONSOLE_OIDC_CLIENT_ID and CONSOLE_OIDC_CLIENT_SECRET",
            ),
            (
                registered and not managed and not password,
                "MicrosoftAppPassword: set it too when MicrosoftAppId is set (or use UserAssignedMSI)",
            ),
            (bool(password) and not registered, "MicrosoftAppId: set it too when MicrosoftAppPassword is set"),
            (
                registered and self.app_type != "MultiTenant" and not self.app_tenant_id,
                f"MicrosoftAppTenantId: set it too when MicrosoftAppType is {self.app_type}",
            ),
            (
                not registered and not is_loopback(self.host),
                "HOST: use 127.0.0.1, or set MicrosoftAppId: without it anyone who reaches the bot is believed",
            ),
            (registered and self.clock is not None, "BOT_CLOCK: unset it; a clock that is set is for tests only"),
            (
                registered
                and self.console
                and not is_loopback(self.host)
                and not self.public_url.startswith("https://"),
                "PUBLIC_URL: set the https:// address under which the console is reached, or CONSOLE=off: "
                "passwords are not sent in the open",
            ),
            (registered and not is_teams_channel(self.operators_channel), COPY_LINK),
            (0 < len(secret) < 32, "DIRECTLINE_SECRET: use at least 32 characters"),
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then mounted files."""
        return init_settings, env_settings, MountedSecrets(settings_cls)


class MountedSecrets(PydanticBaseSettingsSource):
    """Reads ``MicrosoftAppPassword_FILE`` and the like: a secret's value is the content of the named file."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the file, or None."""
        name = field.alias or field_name
        path = os.environ.get(f"{name}_FILE", "") if _is_secret(field) else ""
        if not path:
            return None, name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}_FILE: cannot be read ({type(error).__name__}); check the path") from error

    def __call__(self) -> dict[str, Any]:
        """All mounted secrets by name."""
        found = (self.get_field_value(field, name) for name, field in self.settings_cls.model_fields.items())
        return {name: value for value, name, _ in found if value is not None}


def load_settings() -> Settings:
    """The settings of the environment. Raises `SettingsError`, whose text holds no values of secrets."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_advice(problem["loc"], problem["msg"]) for problem in error.errors())) from None


def _advice(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{place[0]}: {text[:1].lower()}{text[1:]}" if place else text


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr or field.alias == "DATABASE_URL"


def _shown_default(field: FieldInfo) -> str:
    value = field.default
    if value in (None, (), {}, "") or isinstance(value, SecretStr):
        return "–"
    return f"`{value.relative_to(ROOT)}`" if isinstance(value, Path) else f"`{value}`"


def reference() -> str:
    """The text of ``docs/settings.md``."""
    head = (
        "# Settings\n\n"
        "All settings come from the environment. With none of them the bot runs on this machine. A wrong value stops "
        "it at\nstart with a line that says what to do.\n\n"
        "`MicrosoftAppPassword`, `DIRECTLINE_SECRET`, `CONSOLE_OIDC_CLIENT_SECRET` and `DATABASE_URL` can be mounted\n"
        "as files: set `NAME_FILE` to the path instead.\n\n"
        "This page is written by `python settings.py > docs/settings.md`.\n\n"
        "| name | default | meaning |\n|---|---|---|\n"
    )
    rows = (
        f"| `{field.alias}` | {_shown_default(field)} | {field.description} |\n"
        for field in Settings.model_fields.values()
    )
    return head + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(reference())
