"""Words that were answered stay: the same version of a survey never asks two things (docs/decisions/0029)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from me_platform.services.instance import make_cluster
from me_platform.settings import load_settings
from me_platform.storage.cluster import attach
from tests.acceptance.conftest import ROOT, Me

FORM = "language: en\nconsents: {answer: true}\nanswers: {useful: yes}\n"
ASKED, OTHERWISE = "Was the support you received useful to you?", "Did the support help you?"


@pytest.fixture
def content(me: Me, tmp_path: Path) -> Iterator[Path]:
    """A copy of the content that may be edited, and a database that stays up."""
    for folder in ("surveys", "indicators", "report_templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    cluster = make_cluster(load_settings(me.environment, ROOT))
    assert cluster is not None
    with attach(cluster):
        yield tmp_path


def test_words_can_be_changed_until_somebody_answered_and_then_under_a_new_version(me: Me, content: Path) -> None:
    """Issue, questions: a survey with answers cannot change its questions without a new version."""
    survey, form = content / "surveys" / "outcome-checkin" / "survey.yaml", content / "form.yaml"
    form.write_text(FORM)
    written = survey.read_text()
    assert written.count(ASKED) == 1
    issue = ("door", "new", "--survey", "outcome-checkin", "--partner", "BERZ", "--json")
    at = {"ME_CONTENT": str(content)}
    survey.write_text(written.replace(ASKED, OTHERWISE))
    assert me(*issue, **at).status == 0
    survey.write_text(written)
    code = me(*issue, **at).json[0]["code"]
    assert me("answer", "enter", "--survey", "outcome-checkin", "--code", code, str(form), **at).status == 0
    later = me(*issue, **at).json[0]["code"]
    survey.write_text(written.replace(ASKED, OTHERWISE))
    for command in (issue, ("answer", "enter", "--survey", "outcome-checkin", "--code", later, str(form)), ("serve",)):
        refused = me(*command, **at)
        assert refused.status == 1
        assert "answers to other words under the same version: outcome-checkin " in refused.err
    renamed = written.replace(ASKED, OTHERWISE).replace("\nversion: ", "\nversion: new-")
    survey.write_text(renamed)
    assert me(*issue, **at).status == 0
