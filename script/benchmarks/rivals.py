"""Two small Flask applications the survey site is measured against, named to gunicorn as the site itself is."""

from __future__ import annotations

import os

from flask import Flask, Response, request
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, insert
from wtforms import Form, RadioField

from me_platform.storage.database import make_engine

VALUES = ("no", "rather_no", "rather_yes", "yes", "dont_know", "declined", "not_applicable")

ROWS = Table("bench_row", MetaData(), Column("id", LargeBinary, primary_key=True), Column("answer", Text))
"""What the form application writes; the owner makes it and lets `me_survey` insert."""

PAGE = """<!doctype html><html lang="en"><head><title>Start</title></head><body><main>
<form method="post"><h1>{{ form.answer.label }}</h1>{{ form.answer }}<button>Next</button></form>
</main></body></html>"""


class AnswerForm(Form):
    """One question."""

    answer = RadioField("Was the support useful?", choices=[(value, value) for value in VALUES])


def make_ok_app() -> Flask:
    """Says ok, whatever is asked."""
    app = Flask(__name__)

    @app.route("/", methods=["GET", "POST"])
    def say_ok() -> str:
        return "ok"

    return app


def make_form_app() -> Flask:
    """Shows a form; checks what is sent with WTForms and commits one row in clear."""
    app = Flask(__name__)
    engine = make_engine(os.environ["ME_SURVEY_DATABASE_URL"], name="bench form")
    template = app.jinja_env.from_string(PAGE)

    @app.get("/")
    def show_form() -> str:
        return template.render(form=AnswerForm())

    @app.post("/")
    def take_form() -> Response:
        form = AnswerForm(request.form)
        if not form.validate():
            return Response("no such answer", 422)
        with engine.begin() as connection:
            connection.execute(insert(ROWS).values(id=os.urandom(16), answer=form.answer.data))
        return Response(status=303, headers={"Location": "/"})

    return app
