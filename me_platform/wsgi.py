"""What a WSGI server names: ``me_platform.wsgi:make_survey_app()`` and ``me_platform.wsgi:make_staff_app()``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from me_platform.app import build_staff_site, build_survey_site

if TYPE_CHECKING:
    from flask import Flask


def make_survey_app() -> Flask:
    """The survey site of this process's environment."""
    return build_survey_site(os.environ)


def make_staff_app() -> Flask:
    """The staff site of this process's environment."""
    return build_staff_site(os.environ)
