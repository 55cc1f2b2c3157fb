"""What has to hold before a survey is asked: words that somebody answered stay as they were (docs/decisions/0029)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from me_platform.errors import ProgramError
from me_platform.services.instance import open_database, read_secrets
from me_platform.settings import Settings
from me_platform.storage.responses import list_answered_words
from me_platform.surveys.definition import Survey


class WordsChanged(ProgramError):
    """Surveys that have answers to other words under the same version; ``names`` are "id version"."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(
            f"These surveys have answers to other words under the same version: {', '.join(names)}. Take the change"
            " back, or give `version` in the survey's file a new name."
        )


def check_words(settings: Settings, surveys: Mapping[str, Survey]) -> None:
    """Raise WordsChanged where a survey that is to be asked has answers to other words under its version.

    Raises also InstanceMissing and DatabaseUnavailable.
    """
    with open_database(settings, read_secrets(settings)) as owner, Session(owner) as session:
        answered = list_answered_words(session)
    changed = {
        f"{survey} {version}"
        for survey, version, fingerprint in answered
        if survey in surveys and surveys[survey].version == version and surveys[survey].fingerprint != fingerprint
    }
    if changed:
        raise WordsChanged(tuple(sorted(changed)))
