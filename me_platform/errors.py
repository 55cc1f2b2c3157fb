"""Errors of the program: each is a noun that carries its facts, all under one root.

A command prints ``str(error)`` as one sentence with the way out and ends with ``error.exit_code``; a site maps
the class to a page in one place. An error never carries what a person answered.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass


def describe_failure(error: BaseException) -> str:
    """Where something failed and as what, for a log: no message and no value, which may be a person's."""
    return f"{type(error).__qualname__} at {' < '.join(find_places(error))}"


def find_places(error: BaseException) -> tuple[str, ...]:
    """Files and lines an error came through, innermost first; it holds nothing of what they worked with."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return tuple(f"{frame.filename}:{frame.lineno}" for frame in frames)


@dataclass(frozen=True, order=True)
class Problem:
    """One fault found in a file a person wrote.

    ``line`` counts from 1 and is 0 where the fault is about the whole file. ``message`` says what is wrong and
    ``way_out`` what to do, both in the words of the person who edits the file.
    """

    file: str
    line: int
    message: str
    way_out: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" + (f" {self.way_out}" if self.way_out else "")


class ProgramError(Exception):
    """Root of every error the program raises on purpose."""

    exit_code = 1


class ContentInvalid(ProgramError):
    """Content files that cannot be used; ``problems`` names every fault of every file at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ImportRefused(ProgramError):
    """A file offered for import that was refused whole; nothing of it was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{lines}\nNothing was imported: correct the rows named above and import the file again.")


class SettingInvalid(ProgramError):
    """A setting that cannot be used."""

    exit_code = 2

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"{name}: {why}")


class InstanceMissing(ProgramError):
    """The instance folder was never prepared."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"There is no instance in {folder}. Run `me init` first, or set ME_INSTANCE to its folder.")


class InstanceExists(ProgramError):
    """``me init`` on a folder that already holds an instance."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(f"{folder} already holds an instance; nothing was changed. Choose another ME_INSTANCE.")


class DatabaseUnavailable(ProgramError):
    """The database cannot be reached, refuses the password, or cannot be started."""

    def __init__(self, why: str, way_out: str) -> None:
        self.why, self.way_out = why, way_out
        super().__init__(f"{why} {way_out}")


class PublicationUnreadable(ProgramError):
    """A published file that cannot be read as a report or an export."""

    def __init__(self, file: str, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(f"{file} cannot be read: {why}. Give reports (PDF), figures.json and CSV files of figures.")


class RootKeyMissing(ProgramError):
    """The file with the root key is not there."""

    def __init__(self, path: str, sheet: str = "type the recovery sheet into `me restore-key -`") -> None:
        self.path = path
        super().__init__(f"The root key file {path} is missing. Name it in ME_ROOT_KEY_FILE, or {sheet}.")


class RootKeyWrong(ProgramError):
    """The root key does not open this vault."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"The root key in {path} does not open this instance's vault. Use the key that belongs to it.")


class VaultMissing(ProgramError):
    """The vault's file is not there."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"The vault {path} is missing: no sealed record can be opened. Restore it from a backup.")


class VaultUnusable(ProgramError):
    """The vault's file is there, but it cannot be used (damaged, locked, not ours to write)."""

    def __init__(self, path: str, why: str, way_out: str) -> None:
        self.path, self.why, self.way_out = path, why, way_out
        super().__init__(f"The vault {path} cannot be used: {why}. {way_out}")


class KeysDestroyed(ProgramError):
    """The keys of a person are gone: what was sealed for them can no longer be opened by anyone."""

    def __init__(self, person: str) -> None:
        self.person = person
        super().__init__(f"The keys of person {person} were destroyed; the records cannot be opened again.")


class SealBroken(ProgramError):
    """A sealed record does not open: other key, other place, or changed bytes."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"The sealed record at {place} does not open: it was changed, moved, or sealed with another key."
        )


class ArchiveUnfit(ProgramError):
    """A backup that cannot be used: cut off, changed, or not made by this program; ``why`` completes "it"."""

    def __init__(self, path: str, why: str, way_out: str = "Nothing was restored from it; use another backup.") -> None:
        self.path, self.why = path, why
        super().__init__(f"The backup {path} cannot be used: it {why}. {way_out}")


class DayKeyMissing(ProgramError):
    """The day key of a backup is not there. ``gone`` is the day on which it is destroyed at the latest."""

    def __init__(self, path: str, day: str, gone: str) -> None:
        self.path, self.day, self.gone = path, day, gone
        super().__init__(
            f"The day key {path} is missing. Day keys are destroyed on day 8: that of {day} on {gone}, and then nobody "
            "can restore from that day's backups. Use a newer backup, or name the folder of its key in ME_DAY_KEYS."
        )


class DayKeyWrong(ProgramError):
    """A day key that is none, or not the one the backup was made with."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"The day key {path} does not open this backup: it belongs to another instance, or somebody changed the "
            "backup. Name the folder of the right key in ME_DAY_KEYS, or use another backup."
        )


class ErasuresUnfit(ProgramError):
    """A journal of erasures that cannot be used; ``why`` completes "it"."""

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"The journal of erasures {path} cannot be used: it {why}. Give the newest journal of this instance, or "
            "none."
        )


class InstanceOccupied(ProgramError):
    """``me restore`` where something lies already; ``what`` says what."""

    def __init__(self, what: str, way_out: str) -> None:
        self.what = what
        super().__init__(f"{what}; a backup is restored into an empty place only, and nothing was changed. {way_out}")


class RestoreUnfinished(ProgramError):
    """An instance whose restore was cut off, or is still going on: it must not be used."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(
            f"A restore into {folder} was cut off or is still going on, so nothing there may be used. When it is over, "
            "run `me restore` again: it starts over."
        )


class LogBroken(ProgramError):
    """A partner's audit log that is not what was written; ``position`` is the first line that shows it."""

    def __init__(self, partner: str, position: int, why: str) -> None:
        self.partner, self.position, self.why = partner, position, why
        super().__init__(
            f"The audit log of {partner} is broken at line {position}: {why}. Keep database and vault as they are, and "
            "compare with a backup."
        )


class SnapshotBroken(ProgramError):
    """A snapshot that is not what was frozen, or that its living records do not give again; ``faults`` say where."""

    def __init__(self, freeze: str, faults: Sequence[str]) -> None:
        self.freeze, self.faults = freeze, tuple(faults)
        super().__init__(
            f"The snapshot '{freeze}' does not verify: {'; '.join(self.faults)}. Use no figure of it, keep database and"
            " vault as they are, and compare with a backup."
        )


class VersionStale(ProgramError):
    """Something was saved meanwhile from another window: ``version`` is the one that stands now."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__("It was changed meanwhile in another window. Nothing was overwritten.")


class DiskFull(ProgramError):
    """No space left where the program has to write."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"There is no space left to write {path}. Free some space and run the command again.")


class FileUnwritable(ProgramError):
    """A file that cannot be written where somebody wants it; ``why`` is the system's reason."""

    def __init__(self, path: str, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(
            f"{path} cannot be written ({why}). Choose another place, or correct the rights of its folder."
        )


class FileTaken(ProgramError):
    """A file that must be new exists already; it was left as it is."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path} exists already and was left as it is. Move it away, or choose another place.")


class PortTaken(ProgramError):
    """Another program listens on the port."""

    def __init__(self, port: int, setting: str) -> None:
        self.port, self.setting = port, setting
        super().__init__(f"Port {port} is in use by another program. Stop it, or choose another port in {setting}.")


class NotFound(ProgramError):
    """Something asked for by name or id that is not there, or not within the asker's partner."""

    def __init__(self, thing: str, name: str, known: Sequence[str] = ()) -> None:
        self.thing, self.name, self.known = thing, name, tuple(known)
        hint = f" Known: {', '.join(self.known)}." if self.known else ""
        super().__init__(f"There is no {thing} '{name}'.{hint}")


class NotPermitted(ProgramError):
    """An action outside the role or partner of the asker."""

    def __init__(self, action: str) -> None:
        self.action = action
        super().__init__(f"Not permitted: {action}.")


class ReportUnfit(ProgramError):
    """A report that cannot be made as its template asks (missing asset, unknown figure, time or memory limit)."""

    def __init__(self, template: str, why: str) -> None:
        self.template, self.why = template, why
        super().__init__(f"The report '{template}' cannot be made: {why}")


class InputInvalid(ProgramError):
    """Values given to a use case that break a rule the giver can follow; ``problems`` are sentences."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


class GuardianMissing(InputInvalid):
    """A code of a survey of children for somebody whose guardian did not say yes."""

    def __init__(self, survey: str, person: str) -> None:
        self.survey, self.person = survey, person
        super().__init__(
            f"The survey '{survey}' is for children: first note the guardian's yes, or the ground why none is needed,"
            " on the child's page or with `me consent guardian`."
        )


class RecordReplaced(InputInvalid):
    """A record that was replaced already, from another window: ``by`` is the id of the one that stands now."""

    def __init__(self, record: str, by: str) -> None:
        self.record, self.by = record, by
        super().__init__(f"The record {record} has been replaced already, by {by}. Replace that one.")
