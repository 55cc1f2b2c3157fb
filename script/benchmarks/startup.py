"""How long a worker of the survey site takes to be ready, and its memory, beside one that imports the whole program."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from script.benchmarks.rounds import Line, Size, at_most

_BUILD = """
from me_platform.wsgi import make_survey_app
make_survey_app()
"""
_EVERYTHING = """
import importlib, pkgutil, me_platform
for module in pkgutil.walk_packages(me_platform.__path__, "me_platform."):
    if ".migrations" not in module.name:
        importlib.import_module(module.name)
"""
_TELL = """
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
"""


def list_lines(root: Path, size: Size) -> Iterator[Line]:
    """Seconds and memory of a process until its site is built, over those of one that imported everything before."""
    environment = {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(root),
        "ME_CONTENT": str(root),
        "ME_ZONE": "Europe/Riga",
        # Connections open when first used: nothing is asked of a database here.
        "ME_SURVEY_DATABASE_URL": "postgresql+psycopg://me_survey@/me",
        "ME_SURVEY_PEPPER": "00" * 32,
        "ME_SURVEY_KEY": "00" * 32,
        "ME_EXIT_URL": "https://www.wikipedia.org/",
        "ME_CONTACTS_FILE": str(root / "contacts.yaml"),
    }
    programs = {"lean": _BUILD + _TELL, "eager": _EVERYTHING + _BUILD + _TELL}
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    memory: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(size.rounds + (size.rounds > 1)):
        for name, program in programs.items():
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", program], env=environment, cwd="/", check=True, stdout=subprocess.PIPE, text=True
            )
            # The first of several turns compiles modules and warms the disk; it does not count.
            if turn or size.rounds == 1:
                seconds[name].append(time.perf_counter() - start)
                memory[name].append(int(done.stdout) / 1024)
    times, sizes = ({name: median(each) for name, each in found.items()} for found in (seconds, memory))
    yield Line(
        "startup",
        "a survey-site worker, start : importing everything",
        times["lean"] / times["eager"],
        at_most(0.35),
        f"{times['lean']:.2f} s : {times['eager']:.2f} s",
    )
    yield Line(
        "startup",
        "a survey-site worker, memory : importing everything",
        sizes["lean"] / sizes["eager"],
        None,
        f"{sizes['lean']:.0f} MB : {sizes['eager']:.0f} MB",
    )
