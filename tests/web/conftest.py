"""Fixtures of the survivor's door: the world behind it, and browsers by http and by https."""

from __future__ import annotations

import pytest

from tests.conftest import Engines
from tests.survey_samples import Browse, Browser, SurveyWorld, make_world


@pytest.fixture
def world(engines: Engines) -> SurveyWorld:
    return make_world(engines)


@pytest.fixture(params=["http://localhost", "https://localhost"])
def browse(request: pytest.FixtureRequest, world: SurveyWorld) -> Browse:
    """Makes browsers at the site, over http or https."""
    app = world.make_site(tls=request.param.startswith("https"))
    return lambda **headers: Browser(app, request.param, **headers)


@pytest.fixture
def browser(world: SurveyWorld) -> Browser:
    return Browser(world.make_site())
