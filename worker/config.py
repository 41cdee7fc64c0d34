"""Settings, read once from the environment (or `.env` in development)."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    HttpUrl,
    PostgresDsn,
    Secret,
    SecretStr,
    UrlConstraints,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from worker import durations
from worker.secret_files import FileSource

DOT_ENV = Path(".env")

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Duration = Annotated[timedelta, BeforeValidator(durations.read), Field(gt=timedelta(0))]


class AmqpDsn(PostgresDsn):
    """RabbitMQ's URL; like PostgreSQL's, and unlike pydantic's own, it may name several hosts."""

    _constraints = UrlConstraints(allowed_schemes=["amqp", "amqps"], host_required=True)


class Settings(BaseSettings):
    """Everything the programs can be told. A variable is `HANDOVER_` and the name, but for the two URLs."""

    model_config = SettingsConfigDict(
        env_prefix="HANDOVER_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: Secret[PostgresDsn] = Field(
        Secret(PostgresDsn("postgresql://localhost/handover")),
        validation_alias=AliasChoices("DATABASE_URL", "HANDOVER_DATABASE_URL"),
        description="PostgreSQL",
    )
    amqp_url: Secret[AmqpDsn] = Field(
        Secret(AmqpDsn("amqp://guest:guest@localhost/")),
        validation_alias=AliasChoices("AMQP_URL", "HANDOVER_AMQP_URL"),
        description="RabbitMQ; the path is the virtual host; of several hosts the first that answers",
    )
    management_url: Secret[HttpUrl] | None = Field(
        None,
        description="RabbitMQ's management API, such as http://localhost:15672, for `handover doctor`;"
        " without a login of its own it is asked with that of AMQP_URL",
    )
    exchange: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        "handover", description="exchange bots publish to, and the prefix of the queues' names"
    )
    sessions_exchange: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        "sessions", description="exchange session events are published to"
    )
    reassign: Literal["rotate", "keep"] = Field(
        "rotate",
        description="a handover on an assigned session: the next agent in turn, or the same if eligible",
    )
    batch: Annotated[int, Field(ge=1, le=2000)] = Field(1000, description="most handovers in one transaction")
    prefetch: Annotated[int, Field(ge=1, le=2000)] = Field(
        2000, description="most handovers held unacknowledged by one worker"
    )
    shutdown_seconds: Seconds = Field(20, description="from SIGTERM to exit")
    sweep_seconds: Seconds = Field(
        2,
        description="between looks for events that no worker is publishing: of operators' commands, and what a crash"
        " left",
    )
    lease_seconds: Seconds = Field(
        10,
        description="how long an event belongs to the worker that wrote it before any other may publish it",
    )
    keep_events_days: Annotated[int, Field(ge=1)] = Field(
        90,
        description="how long handled event ids are remembered; an older redelivery would be a new handover",
    )
    keep_audit_days: Annotated[int, Field(ge=1)] = Field(
        365, description="how long the decisions of closed sessions are kept"
    )
    drain_seconds: Seconds = Field(
        1, description="between looks for waiting sessions that no notification told of"
    )
    waiting_max_age: Duration = Field(
        timedelta(days=7),
        description="a waiting session that nobody changed for longer is left to people:"
        " 7d, 12h, 30m, seconds, or ISO 8601",
    )
    heartbeat_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        0, description="an agent unseen for so long is not eligible; 0: nobody sends heartbeats"
    )
    http_port: Annotated[int, Field(ge=0, le=65_535)] | None = Field(
        None,
        description="port of /livez, /readyz and /metrics; none: nothing is opened; 0: any that is free, and the log"
        " names it",
    )
    http_host: str = Field("127.0.0.1", description="address that port is opened on; 0.0.0.0 or :: for all")
    ready_outbox_seconds: Seconds = Field(
        60, description="an event that is not published for so long makes the worker not ready"
    )
    traces: bool = Field(
        False,
        description="spans for OpenTelemetry, sent by OTLP over HTTP to where its own OTEL_ variables say",
    )
    console_host: str = Field(
        "127.0.0.1", description="address of the console; another than this machine's own wants a token"
    )
    console_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8787, description="port of the console; 0: any that is free, and the log names it"
    )
    console_hosts: str | None = Field(
        None,
        description="names it may be opened under beside its addresses, such as console.acme.example, a comma between;"
        " wants a token",
    )
    console_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None, description="what one has to know to act in the console; none: it only shows"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="auto: text on a terminal, JSON elsewhere"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A variable itself, else the file that the variable with `_FILE` behind it names, else `.env`."""
        del file_secret_settings
        return init_settings, env_settings, FileSource(settings_cls), dotenv_settings

    @field_validator("database_url")
    @classmethod
    def _for_asyncpg(cls, url: Secret[PostgresDsn]) -> Secret[PostgresDsn]:
        if url.get_secret_value().scheme not in ("postgresql", "postgres"):
            raise ValueError("the URL must begin with postgresql://")
        return url

    @field_validator("console_token", mode="before")
    @classmethod
    def _empty_is_none(cls, token: object) -> object:
        return token or None

    @property
    def dsn(self) -> str:
        """The database URL with its password: for asyncpg alone, never for a log."""
        return str(self.database_url.get_secret_value())

    @property
    def amqp(self) -> str:
        """The broker URL with its password: for aio-pika alone, never for a log."""
        return str(self.amqp_url.get_secret_value())

    @property
    def management(self) -> str | None:
        """The management API's URL, perhaps with a password: never for a log."""
        return str(self.management_url.get_secret_value()) if self.management_url else None


def load(env_file: Path | None = DOT_ENV) -> Settings:
    """Settings of this process.

    Raises pydantic.ValidationError naming the variable, never its value.
    """
    return Settings(_env_file=env_file)
