"""The page of whoever is on duty, and what the worker does about wishes to be talked to (privacy-and-safety 1.11)."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from me_platform.access import Action
from me_platform.duty_hours import WORKING_DAYS
from me_platform.errors import NotPermitted
from me_platform.sealing.envelope import make_public_key
from me_platform.services.asking import Reason
from me_platform.services.audit import Deed
from me_platform.services.duty import finish_wish, list_wishes, take_wish
from me_platform.services.duty_watch import Watch, watch_tasks
from me_platform.services.instance import publish_duty_keys
from me_platform.settings import load_settings
from me_platform.worker import NOTICE, send_notice
from tests.casework_samples import CLARA, CORA, MONA, CaseworkWorld, make_casework
from tests.conftest import Engines
from tests.duty_samples import add_wish
from tests.staff_samples import find_id, list_deeds
from tests.staff_visitor import Visitor, make_app


@dataclass
class Scene:
    """The people of ALFA, and the worker with a mailbox."""

    world: CaseworkWorld
    engines: Engines
    mails: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def partner(self) -> UUID:
        return self.world.staff.desk.organisations["ALFA"].partner.id

    def ask(self, name: str, words: str = "", reason: Reason = Reason.WISH) -> UUID:
        with self.world.open_office() as office:
            return add_wish(self.engines, office, self.partner, self.world.people[name], words, reason=reason)

    def watch(self) -> Watch:
        def note(emails: Collection[str]) -> None:
            self.mails.append(tuple(emails))

        with self.world.open_office() as office:
            return watch_tasks(replace(office, engine=self.engines.worker), WORKING_DAYS, note)

    def visit(self, email: str) -> Visitor:
        visitor = Visitor(make_app(self.world.staff), "http://localhost")
        visitor.log_in(email)
        return visitor

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with self.engines.owner.begin() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture
def scene(engines: Engines, tmp_path: Path) -> Scene:
    return Scene(make_casework(engines, tmp_path), engines)


def test_whoever_is_on_duty_sees_takes_and_finishes_and_each_look_stands_in_the_log(scene: Scene) -> None:
    """Also a caseworker in whose caseload she is not: she sees the wish, and no way into the file."""
    world = scene.world
    wish = scene.ask("ada", "After six.\nDo not say <b>who</b> you are.")
    page = scene.visit(CLARA).get("/o/ALFA/talk").text
    assert "Do not say &lt;b&gt;who&lt;/b&gt; you are." in page
    assert "1 waiting" in page
    assert f"/o/ALFA/people/{world.people['ada']}" not in page
    visitor = scene.visit(CORA)
    assert f"/o/ALFA/people/{world.people['ada']}" in visitor.get("/o/ALFA/talk").text
    for do, said in (("take", "You have taken it on."), ("take", "Somebody has taken it on already.")):
        visitor.post(f"/o/ALFA/talk/{wish}/{do}", {}, page="/o/ALFA/talk")
        assert said in visitor.get("/o/ALFA/talk").text
    assert "waiting" not in visitor.get("/o/ALFA/people").text
    visitor.post(f"/o/ALFA/talk/{wish}/done", {}, page="/o/ALFA/talk")
    assert "by cora@alfa.example. It is deleted after 30 days." in visitor.get("/o/ALFA/talk").text
    deeds = [deed for deed in list_deeds(world.staff, "ALFA") if deed[1].startswith("wish")]
    cora = find_id(world.staff, CORA)
    assert (Deed.ASSIGNED, "wish", cora, wish) in deeds
    assert (Deed.CLOSED, "wish", cora, wish) in deeds
    assert (Deed.OPENED, "wishes", find_id(world.staff, CLARA), None) in deeds
    assert sum(deed[0] is Deed.ASSIGNED for deed in deeds) == 1


def test_an_alert_names_the_person_and_no_answer_and_others_see_no_such_page(scene: Scene) -> None:
    """privacy-and-safety 1.10: nothing beyond what her own page told her."""
    scene.ask("bea", reason=Reason.ALERT)
    page = scene.visit(CORA).get("/o/ALFA/talk").text
    assert scene.world.codes["bea"] in page
    assert "May need support; was told that somebody will see this." in page
    with scene.world.open_office() as office:
        for email in ("anna@alfa.example", "olga@alfa.example", "adam@alfa.example"):
            seat = scene.world.take_seat(email)
            assert not seat.may(Action.ANSWER_WISHES)
            for use in (take_wish, finish_wish):
                with pytest.raises(NotPermitted):
                    use(office, seat, UUID(int=1))
            with pytest.raises(NotPermitted):
                list_wishes(office, seat)


def test_after_four_hours_of_duty_the_managers_are_told_and_see_it_first(scene: Scene) -> None:
    """privacy-and-safety 1.11: told once, escalated once; what somebody took on does not escalate."""
    first, second, taken = (scene.ask(name) for name in ("ada", "bea", "dora"))
    assert scene.watch() == Watch(told=3)
    assert scene.watch() == Watch()
    assert scene.mails == [(CLARA, CORA, MONA)]
    with scene.world.open_office() as office:
        assert take_wish(office, scene.world.take_seat(CORA), taken)
        scene.query(f"update duty_task set day = day - 1 where id = '{second}' returning 1")  # noqa: S608
    clock = scene.world.staff.clock
    clock.time += timedelta(hours=3, minutes=59)
    assert scene.watch() == Watch()
    clock.time += timedelta(minutes=1)
    late = scene.ask("eve")
    assert scene.watch() == Watch(told=1, escalated=2)
    assert scene.watch() == Watch()
    clock.time += timedelta(hours=1)
    assert len(scene.mails) == 2
    with scene.world.open_office() as office:
        wishes = list_wishes(office, scene.world.take_seat(MONA))
    assert [wish.escalated for wish in wishes] == [True, True, False, False]
    assert {wish.id for wish in wishes[:2]} == {first, second}
    assert {wish.id for wish in wishes[2:]} == {taken, late}
    assert "Nobody acted for four working hours" in scene.visit(MONA).get("/o/ALFA/talk").text


def test_what_was_done_goes_after_thirty_days_and_who_was_erased_at_once(scene: Scene) -> None:
    done, _erased = scene.ask("ada"), scene.ask("bea")
    with scene.world.open_office() as office:
        assert finish_wish(office, scene.world.take_seat(CORA), done)
        assert not finish_wish(office, scene.world.take_seat(CORA), done)
    scene.query(f"update person set status = 'erased' where id = '{scene.world.people['bea']}' returning 1")  # noqa: S608
    with scene.world.open_office() as office:
        assert [wish.id for wish in list_wishes(office, scene.world.take_seat(CORA))] == [done]
    assert scene.watch() == Watch(deleted=1)
    scene.world.staff.clock.time += timedelta(days=29)
    assert scene.watch() == Watch()
    scene.world.staff.clock.time += timedelta(days=1)
    assert scene.watch() == Watch(deleted=1)


def test_a_task_that_was_changed_is_told_of_and_keeps_no_other_waiting(scene: Scene) -> None:
    scene.ask("ada")
    scene.query("update duty_task set sealed = 'changed' returning 1")
    good = scene.ask("bea")
    assert scene.watch() == Watch(told=1, unreadable=1)
    with scene.world.open_office() as office:
        assert [wish.id for wish in list_wishes(office, scene.world.take_seat(CORA))] == [good]


def test_the_keys_of_all_organisations_are_published_once(scene: Scene) -> None:
    """docs/decisions/0023: also of those that were there before, and after a restore."""
    with scene.world.open_office() as office:
        assert [publish_duty_keys(office) for _ in range(2)] == [4, 0]
        public_key = make_public_key(office.vault.get_duty_key(scene.partner))
        assert (scene.partner, public_key) in scene.query("select partner_id, public_key from duty_key")


@contextmanager
def relay() -> Iterator[tuple[int, list[str]]]:
    """A mail relay that takes what comes, for one connection: its port, and the lines it was sent."""
    lines: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as heard:
                in_data = False
                connection.sendall(b"220 sink\r\n")
                for line in heard:
                    lines.append(line.decode("ascii").rstrip())
                    in_data = (in_data or line.startswith(b"data")) and line != b".\r\n"
                    if line.startswith(b"data") or not in_data:
                        connection.sendall(b"354 go on\r\n" if in_data else b"250 ok\r\n")

        thread = threading.Thread(target=take)
        thread.start()
        yield server.getsockname()[1], lines
        thread.join()


def test_a_notice_is_one_neutral_line_to_each_and_names_nobody(tmp_path: Path) -> None:
    """privacy-and-safety 1.11: no name, no link, no token; nobody learns who else is told."""
    with relay() as (port, lines):
        settings = load_settings({"ME_MAIL_SERVER": f"127.0.0.1:{port}", "ME_MAIL_FROM": "me@house.example"}, tmp_path)
        send_notice(settings, (CORA, MONA))
    sent = "\n".join(lines)
    assert sent.count(NOTICE.splitlines()[0]) == 2
    assert [line for line in lines if line.startswith("To: ")] == [f"To: {CORA}", f"To: {MONA}"]
    assert "http" not in sent
    assert "Subject: Monitoring system" in sent


def test_a_relay_that_is_away_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environ = {"ME_MAIL_SERVER": f"127.0.0.1:{port}", "ME_MAIL_FROM": "me@house.example"}
    with caplog.at_level(logging.ERROR):
        send_notice(load_settings(environ, tmp_path), (CORA,))
    assert [record.getMessage().split()[0] for record in caplog.records] == ["notice_failed"]
    send_notice(load_settings({}, tmp_path), (CORA,))
    assert len(caplog.records) == 1
