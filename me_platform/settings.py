"""Settings of an instance, and the sources of time and chance.

Both are arguments everywhere below the sites: no other module reads the environment, a clock or a random
generator.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from me_platform.duty_hours import DutyHours, read_duty_hours
from me_platform.errors import SettingInvalid


@dataclass(frozen=True)
class Sources:
    """Where time and chance come from.

    ``now`` returns an aware datetime; ``random`` returns that many bytes. Both are the machine's own unless a
    sample instance or a test passes others.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    random: Callable[[int], bytes] = secrets.token_bytes
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Riga"))

    def now_here(self) -> datetime:
        """The time, by the clocks of the instance's time zone."""
        return self.now().astimezone(self.zone)

    def today(self) -> date:
        """The calendar day in the instance's time zone."""
        return self.now_here().date()

    def new_id(self) -> UUID:
        """A random (version 4) identifier."""
        return UUID(bytes=self.random(16), version=4)


def _setting(variable: str, default: str, help_: str) -> str:
    return field(default=default, metadata={"variable": variable, "help": help_})


@dataclass(frozen=True)
class RawSettings:
    """The settings as text, one field per environment variable, each with its help (``me config`` prints them)."""

    instance: str = _setting("ME_INSTANCE", "instance", "folder of the instance: database, vault, secrets")
    content: str = _setting("ME_CONTENT", ".", "folder that holds surveys/, indicators/ and report_templates/")
    database_url: str = _setting("ME_DATABASE_URL", "", "served PostgreSQL 15+ (owner's URL); empty: the embedded one")
    root_key_file: str = _setting("ME_ROOT_KEY_FILE", "", "file of the root key; empty: <instance>/secrets/root.key")
    day_keys: str = _setting("ME_DAY_KEYS", "", "folder of the backups' day keys; empty: <instance>/secrets/day-keys")
    host: str = _setting("ME_HOST", "127.0.0.1", "address both sites listen on")
    survey_port: str = _setting("ME_SURVEY_PORT", "8000", "port of the survey site")
    staff_port: str = _setting("ME_STAFF_PORT", "8001", "port of the staff site")
    survey_url: str = _setting("ME_SURVEY_URL", "", "public address of the survey site; empty: http://<host>:<port>")
    staff_url: str = _setting("ME_STAFF_URL", "", "public address of the staff site; empty: http://<host>:<port>")
    exit_url: str = _setting(
        "ME_EXIT_URL", "https://www.wikipedia.org/", "neutral page of quick exit; must not redirect to another host"
    )
    contacts_file: str = _setting("ME_CONTACTS_FILE", "", "support contacts (YAML); empty: <instance>/contacts.yaml")
    voice: str = _setting(
        "ME_VOICE",
        "espeak-ng -v {language} -s 150 -f {text} --stdout | lame --quiet -m m --resample 16 -b 16 - {output}",
        "command that speaks a text into an MP3: {language}, {text} (a file) and {output} are filled in, | joins"
        " programs, no shell is used; none: recordings only",
    )
    narrative_days: str = _setting(
        "ME_NARRATIVE_DAYS", "90", "days after a progress narrative on which the next one is shown as due"
    )
    duty_hours: str = _setting(
        "ME_DUTY_HOURS", "mon-fri 09:00-17:00", "when somebody is on duty for people who would like to be talked to"
    )
    mail_server: str = _setting(
        "ME_MAIL_SERVER", "", "host:port of a mail relay that takes notices to staff; empty: none are sent"
    )
    mail_from: str = _setting("ME_MAIL_FROM", "", "address the notices to staff come from")
    tls: str = _setting("ME_TLS", "", "1 when the sites are reached over https (Secure and __Host- cookies)")
    zone: str = _setting("ME_ZONE", "Europe/Riga", "time zone that decides which calendar day it is")
    today: str = _setting("ME_TODAY", "", "day to work on (YYYY-MM-DD); honoured by sample instances only")


@dataclass(frozen=True)
class Settings:
    """Checked settings. Paths are absolute."""

    instance: Path
    content: Path
    database_url: str
    root_key_file: Path
    day_keys: Path
    host: str
    survey_port: int
    staff_port: int
    survey_url: str
    staff_url: str
    exit_url: str
    contacts_file: Path
    voice: tuple[tuple[str, ...], ...]
    narrative_days: int
    duty_hours: DutyHours
    mail_server: tuple[str, int] | None
    mail_from: str
    tls: bool
    zone: ZoneInfo
    today: date | None

    @property
    def vault_file(self) -> Path:
        """The vault: a file of its own, never beside the database's files."""
        return self.instance / "vault" / "vault.sqlite"

    @property
    def audio(self) -> Path:
        """Folder of what can be listened to at the survey site, which reads it (``me audio`` writes it)."""
        return self.instance / "audio"

    @property
    def secrets(self) -> Path:
        """Folder of passwords, pepper and root key, 0700."""
        return self.instance / "secrets"

    @property
    def sample(self) -> bool:
        """Whether the instance holds invented people only (decided once, by ``me init --sample``)."""
        return (self.instance / "sample").is_file()

    def make_sources(self) -> Sources:
        """Time and chance for this instance; ``ME_TODAY`` is refused unless the instance is a sample."""
        if self.today is None:
            return Sources(zone=self.zone)
        if not self.sample:
            raise SettingInvalid("ME_TODAY", "only an instance made with `me init --sample` may work on another day.")
        noon = datetime.combine(self.today, time(12), tzinfo=self.zone)
        return Sources(now=lambda: noon, zone=self.zone)


def make_sample_clock(day: date, zone: ZoneInfo) -> Callable[[], datetime]:
    """The machine's clock, moved by whole days so that it began on ``day``; for a sample instance's staff site."""
    shift = day - datetime.now(zone).date()
    return lambda: datetime.now(UTC) + shift


def load_settings(environ: Mapping[str, str], base: Path) -> Settings:
    """Read and check the settings; relative paths are taken from ``base``.

    Raises SettingInvalid for a port, number of days, date, zone, address or command that cannot be used.
    """
    text = {f.name: environ.get(f.metadata["variable"], "") or str(f.default) for f in fields(RawSettings)}
    instance = (base / text["instance"]).resolve()
    ports = {name: _check_port(f"ME_{name.upper()}", text[name]) for name in ("survey_port", "staff_port")}
    exit_url = text["exit_url"]
    if not exit_url.startswith(("https://", "http://")):
        raise SettingInvalid("ME_EXIT_URL", "must be a full address that starts with https://.")
    try:
        zone = ZoneInfo(text["zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingInvalid("ME_ZONE", f"'{text['zone']}' is no known time zone.") from error
    try:
        today = date.fromisoformat(text["today"]) if text["today"] else None
    except ValueError as error:
        raise SettingInvalid("ME_TODAY", f"'{text['today']}' is not a day written YYYY-MM-DD.") from error
    return Settings(
        instance=instance,
        content=(base / text["content"]).resolve(),
        database_url=text["database_url"],
        root_key_file=(base / text["root_key_file"]).resolve()
        if text["root_key_file"]
        else instance / "secrets" / "root.key",
        day_keys=(base / text["day_keys"]).resolve() if text["day_keys"] else instance / "secrets" / "day-keys",
        host=text["host"],
        survey_port=ports["survey_port"],
        staff_port=ports["staff_port"],
        survey_url=text["survey_url"].rstrip("/") or f"http://{text['host']}:{ports['survey_port']}",
        staff_url=text["staff_url"].rstrip("/") or f"http://{text['host']}:{ports['staff_port']}",
        exit_url=exit_url,
        contacts_file=(base / text["contacts_file"]).resolve() if text["contacts_file"] else instance / "contacts.yaml",
        voice=_read_command("ME_VOICE", text["voice"]),
        narrative_days=_check_days("ME_NARRATIVE_DAYS", text["narrative_days"]),
        duty_hours=read_duty_hours(text["duty_hours"]),
        mail_server=_read_server("ME_MAIL_SERVER", text["mail_server"], text["mail_from"]),
        mail_from=text["mail_from"],
        tls=text["tls"] == "1",
        zone=zone,
        today=today,
    )


def _check_port(variable: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) in range(1, 65536):
        return int(text)
    raise SettingInvalid(variable, f"'{text}' is not a port number between 1 and 65535.")


def _read_server(variable: str, text: str, sender: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host:
        raise SettingInvalid(variable, f"'{text}' is not written as host:port.")
    if "@" not in sender:
        raise SettingInvalid("ME_MAIL_FROM", "must be an e-mail address where ME_MAIL_SERVER is set.")
    return host, _check_port(variable, port)


def _check_days(variable: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) in range(1, 3661):
        return int(text)
    raise SettingInvalid(variable, f"'{text}' is not a number of days between 1 and 3660.")


def _read_command(variable: str, text: str) -> tuple[tuple[str, ...], ...]:
    """The programs of a command, each with its arguments; empty for ``none``."""
    if text == "none":
        return ()
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SettingInvalid(variable, "a quotation mark is opened and never closed.") from error
    programs: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            programs.append([])
        else:
            programs[-1].append(word)
    if not all(programs) or not any("{output}" in word for word in programs[-1]):
        raise SettingInvalid(variable, "must be a command whose last program writes the file {output}.")
    return tuple(map(tuple, programs))
