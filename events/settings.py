"""Where the servers are, and what else the environment decides.

Every setting is read from `GROUNDSWELL_<NAME>`. Addresses that the environment does not give come from
`<home>/stack.json`, which the local stack writes when it starts.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from events.errors import ServerUnreachable, WrongUsage

ENVIRONMENT_PREFIX = "GROUNDSWELL_"
STACK_FILE_NAME = "stack.json"
SERVERS = ("kafka", "postgres", "redis")
CACHED_ROWS_DEFAULT = 50_000
PARTITIONS_DEFAULT = 12
PARTITIONS_MAX = 1_000

_KAFKA_ADDRESS = re.compile(r"[^\s:,/@]+:\d{1,5}(,[^\s:,/@]+:\d{1,5})*")
_POSTGRES_URL = re.compile(r"postgres(ql)?://\S+")
_REDIS_URL = re.compile(r"(rediss?|unix)://\S+")


def variable(name: str) -> str:
    """The environment variable of a setting: `kafka` -> `GROUNDSWELL_KAFKA`."""
    return ENVIRONMENT_PREFIX + name.upper()


def read_stack_file(home: Path) -> dict[str, Any]:
    """What the local stack in `home` wrote down: {"kafka": "host:port", "postgres": URL, "redis": URL, ...}.

    Empty when no stack was ever started there. Raises WrongUsage when the file is there but cannot be read.
    """
    path = home / STACK_FILE_NAME
    try:
        stack = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WrongUsage(
            f"cannot read {path}: {error}. It belongs to the user who ran `groundswell up`: be that user, "
            f"or set {variable('home')} to a folder of your own and run `groundswell up`"
        ) from error
    if not isinstance(stack, dict):
        raise WrongUsage(
            f"{path} is not a JSON object: remove it and run `groundswell up`, which writes it again"
        )
    return stack


class StackFileSource(PydanticBaseSettingsSource):
    """What the local stack wrote down about itself: the source of last resort for the addresses."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Never called: this source answers for all fields together."""
        raise NotImplementedError(field_name)

    def __call__(self) -> dict[str, Any]:
        stack = read_stack_file(Path(self.current_state.get("home") or _default_home()))
        given = {name for name in SERVERS if {variable(name), f"{name}_address"} & self.current_state.keys()}
        found = {variable(name): stack[name] for name in SERVERS if name in stack and name not in given}
        # The number of partitions suits the stack's own broker, not one that the environment names.
        if "partitions" in stack and "kafka" not in given:
            found["partitions"] = stack["partitions"]
        return found


def _default_home() -> Path:
    return Path.cwd() / ".groundswell"


class Settings(BaseSettings):
    """All settings of one process, frozen. `settings()` gives this process's own.

    In tests: `Settings(kafka_address="127.0.0.1:9092", postgres_address="postgresql://...")`.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX,
        env_ignore_empty=True,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
    )

    home: Path = Field(
        default_factory=_default_home, description="folder of the local stack: its data, logs and addresses"
    )
    kafka_address: str | None = Field(
        default=None, validation_alias=variable("kafka"), description="Kafka: host:port[,host:port ...]"
    )
    postgres_address: str | None = Field(
        default=None,
        validation_alias=variable("postgres"),
        repr=False,
        description="Postgres: a URL that psql takes",
    )
    redis_address: str | None = Field(
        default=None, validation_alias=variable("redis"), repr=False, description="Redis or Valkey: a URL"
    )
    topic_prefix: str = Field(
        default="groundswell",
        pattern=r"^[A-Za-z0-9_-]{1,100}$",
        description="what the names of topics begin with",
    )
    session_seconds: float = Field(
        default=10.0,
        ge=6.0,
        le=300.0,
        description="session timeout of the workers' consumer groups, in seconds",
    )
    trending_half_life_hours: float = Field(
        default=6.0,
        # Below, sums of ten days leave the range of floating point.
        ge=0.25,
        # Ten days, which the score looks back, are 30 of these: what is older counts less than a billionth.
        le=8.0,
        description="after so many hours an event counts half in a trending score; a change takes a rebuild",
    )
    close_after_minutes: float = Field(
        default=10.0,
        ge=0.0,
        le=1_440.0,
        description="an hour is closed so many minutes after its end",
    )
    close_ripples: int = Field(
        default=1_000,
        ge=10,
        le=10_000,
        description="how many ripples the close of an hour ranks",
    )
    cached_rows: int = Field(
        default=CACHED_ROWS_DEFAULT,
        ge=1_000,
        le=10_000_000,
        description="rows of states that a worker keeps in memory, of about 1 kB each",
    )
    partitions: int = Field(
        default=PARTITIONS_DEFAULT,
        ge=1,
        le=PARTITIONS_MAX,
        description="partitions of a topic when it is made",
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
        """Arguments win over the environment, the environment over the local stack's file."""
        return init_settings, env_settings, StackFileSource(settings_cls)

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("kafka_address")
    @classmethod
    def _host_and_port(cls, address: str | None) -> str | None:
        return _matching(address, _KAFKA_ADDRESS, "host:port, for example 127.0.0.1:9092")

    @field_validator("postgres_address")
    @classmethod
    def _postgres_url(cls, address: str | None) -> str | None:
        return _matching(
            address, _POSTGRES_URL, "a URL such as postgresql://user:password@127.0.0.1:5432/groundswell"
        )

    @field_validator("redis_address")
    @classmethod
    def _redis_url(cls, address: str | None) -> str | None:
        return _matching(address, _REDIS_URL, "a URL such as redis://127.0.0.1:6379")

    @property
    def kafka(self) -> str:
        """Kafka's address, `host:port`; ServerUnreachable when neither environment nor stack gives one."""
        return self._required("kafka", self.kafka_address)

    @property
    def postgres(self) -> str:
        """Postgres's URL; ServerUnreachable when neither environment nor stack gives one."""
        return self._required("postgres", self.postgres_address)

    @property
    def redis(self) -> str:
        """The URL of Redis or Valkey; ServerUnreachable when neither environment nor stack gives one."""
        return self._required("redis", self.redis_address)

    def _required(self, server: str, address: str | None) -> str:
        if address is None:
            raise ServerUnreachable(
                f"no address of {server} is known: neither {variable(server)} is set nor does "
                f"{self.home / STACK_FILE_NAME} name one. Start the local stack with `groundswell up`, "
                f"or set {variable(server)}"
            )
        return address


def _matching(address: str | None, pattern: re.Pattern[str], shape: str) -> str | None:
    if address is not None and not pattern.fullmatch(address):
        raise ValueError(f"must be {shape}")
    return address


def load_settings() -> Settings:
    """The settings as environment and stack file give them now; WrongUsage names each bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise WrongUsage("; ".join(_explained(problem) for problem in error.errors())) from None


def environment_addresses() -> dict[str, str]:
    """The addresses that the environment gives, by server: these servers are not the local stack's."""
    given = [name for name in SERVERS if os.environ.get(variable(name))]
    current = load_settings() if given else None
    return {name: getattr(current, name) for name in given}


def _explained(problem: Any) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else "settings"
    name = name if name.startswith(ENVIRONMENT_PREFIX) else variable(name)
    # A URL may hold a password, so only harmless values are repeated.
    value = "" if "://" in str(problem["input"]) else f"={problem['input']!r}"
    return f"{name}{value}: {problem['msg'].removeprefix('Value error, ')}. Correct it or unset it"


@cache
def settings() -> Settings:
    """The settings of this process, read once; `settings.cache_clear()` after the stack started or moved."""
    return load_settings()
