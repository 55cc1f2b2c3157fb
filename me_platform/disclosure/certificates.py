"""The certificate of a protection: for every sensitive number and every reader two worlds that leave it open.

Whoever holds the true counts can check it without a solver: each world is a table of whole numbers, and adding is all
there is to do. A certificate holds true numbers (a partner's own, in that partner's worlds) and belongs under seal.
Source: privacy-and-safety part 3, "Protect".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from me_platform.disclosure.atoms import Atom, Issue, sum_atoms
from me_platform.disclosure.bands import Shown, is_small
from me_platform.disclosure.ledger import Ledger
from me_platform.disclosure.rules import list_sensitive
from me_platform.disclosure.worlds import Target, get_limits, list_targets

FORMAT = 1


class ProofState(StrEnum):
    """What is known of one sensitive number and one reader.

    ``OPEN`` means that the two worlds were not found in time, ``GIVEN_AWAY`` that what was published before, or facts
    everybody knows, rule one of them out however much is hidden now. ``NOT_SMALL`` is the same of a number that is
    nobody or T and more for this reader: the truth itself is then the world in which it is not small. ``OWN`` means
    that the reader counted all of it himself.
    """

    PROVED = "proved"
    OPEN = "open"
    GIVEN_AWAY = "given_away"
    NOT_SMALL = "not_small"
    OWN = "own"


_SAFE = frozenset({ProofState.PROVED, ProofState.NOT_SMALL, ProofState.OWN})


@dataclass(frozen=True)
class Proof:
    """One sensitive number and one reader; ``low`` and ``high`` are places of worlds with few and with many people.

    ``kept`` numbers are hidden for the sake of others; one of the two worlds is enough for them.
    """

    name: str
    scenario: str
    state: ProofState
    low: int | None = None
    high: int | None = None
    kept: bool = False


@dataclass(frozen=True)
class Certificate:
    """All proofs and the worlds they name: counts of the atoms of issue and ledger, in the order of their names.

    ``cheapest`` says that nothing less could have been hidden exactly, ``limit_hit`` that time ran out and whole lines
    were hidden; ``seconds``, of which ``solver_seconds`` in the solver, differ from run to run.
    """

    proofs: tuple[Proof, ...]
    worlds: tuple[tuple[int, ...], ...]
    cheapest: bool
    limit_hit: bool
    rounds: int
    solver_calls: int
    seconds: float
    solver_seconds: float

    @property
    def holds(self) -> bool:
        """Whether every sensitive number is proved to be open to every reader."""
        return all(proof.state in _SAFE for proof in self.proofs if not proof.kept)


def make_certificate_content(certificate: Certificate) -> dict[str, Any]:
    """The certificate as JSON can hold it; ``run`` is what differs from run to run, for a hash to leave out."""
    content = asdict(certificate)
    run = {name: content.pop(name) for name in ("solver_calls", "seconds", "solver_seconds")}
    return {
        "format": FORMAT,
        **content,
        "proofs": [{**proof, "state": proof["state"].value} for proof in content["proofs"]],
        "worlds": [list(world) for world in certificate.worlds],
        "run": run,
    }


def make_certificate(content: Mapping[str, Any]) -> Certificate:
    """The certificate of a content. Raises KeyError, TypeError or ValueError where it is not whole."""
    if content["format"] != FORMAT:
        raise ValueError(f"a certificate of format {content['format']} cannot be read")
    return Certificate(
        proofs=tuple(Proof(**{**proof, "state": ProofState(proof["state"])}) for proof in content["proofs"]),
        worlds=tuple(tuple(world) for world in content["worlds"]),
        cheapest=content["cheapest"],
        limit_hit=content["limit_hit"],
        rounds=content["rounds"],
        **content["run"],
    )


def list_faults(issue: Issue, ledger: Ledger, shown: Mapping[str, Shown], certificate: Certificate) -> tuple[str, ...]:
    """What a certificate fails to prove of an issue printed as ``shown``; empty where it proves everything.

    The sensitive numbers are found afresh by the rules; each needs its worlds, and each world has to agree with all
    that is and was printed and with the reader's own people. No solver is asked.
    """
    counts = {**ledger.counts, **issue.counts}
    atoms = sorted(counts)
    worlds = [dict(zip(atoms, world, strict=False)) for world in certificate.worlds]
    faults = [f"world {place} is no table" for place, world in enumerate(certificate.worlds) if _is_odd(world, atoms)]
    if faults:
        return tuple(faults)
    contradicted = [_find_contradiction(world, issue, ledger, shown) for world in worlds]
    proofs = {(proof.name, proof.scenario, proof.kept): proof for proof in certificate.proofs}
    for target in list_targets(list_sensitive(issue, ledger), issue, ledger):
        proof = proofs.get((target.name, target.scenario, target.kept))
        reader = target.scenario or "the public"
        if proof is None:
            faults.append(f"{target.name} is not proved for {reader}")
        elif all(atom.partner == target.scenario for atom in target.atoms):
            continue
        else:
            faults += [
                f"{target.name} for {reader}: {why}" for why in _list_gaps(target, proof, worlds, contradicted, counts)
            ]
    return tuple(faults)


def _is_odd(world: Sequence[int], atoms: Sequence[Atom]) -> bool:
    return len(world) != len(atoms) or any(type(count) is not int or count < 0 for count in world)


def _find_contradiction(world: Mapping[Atom, int], issue: Issue, ledger: Ledger, shown: Mapping[str, Shown]) -> str:
    """The first printed figure or fact a world does not agree with; empty where it agrees with all."""
    printed = [(cell.name, cell.atoms, shown[cell.name]) for cell in issue.cells]
    printed += [(f"{entry.issue}: {entry.name}", entry.atoms, entry.shown) for entry in ledger.entries]
    for name, atoms, each in printed:
        low, high = get_limits(each)
        if not low <= sum_atoms(atoms, world) <= high:
            return name
    for fact in issue.facts:
        if not fact.low <= sum_atoms(fact.atoms, world) - sum_atoms(fact.less, world) <= fact.high:
            return "a fact"
    return ""


def _list_gaps(
    target: Target,
    proof: Proof,
    worlds: Sequence[Mapping[Atom, int]],
    contradicted: Sequence[str],
    counts: Mapping[Atom, int],
) -> list[str]:
    """What is missing between a proof and what its target needs."""
    rest = [atom for atom in target.atoms if atom.partner != target.scenario]
    if proof.state is ProofState.NOT_SMALL:
        return ["it is small"] * is_small(sum_atoms(rest, counts), target.threshold)
    own = [atom for atom in counts if atom.partner == target.scenario]
    others = sum_atoms(rest, counts)
    few, many = (others - 1, others + 1) if target.kept else (0, target.threshold)
    gaps = []
    for place, least, most in ((proof.low, 0, few), (proof.high, many, math.inf)):
        if place is None or not 0 <= place < len(worlds):
            gaps.append("a world is missing")
        elif contradicted[place]:
            gaps.append(f"a world does not agree with {contradicted[place]}")
        elif any(worlds[place][atom] != counts[atom] for atom in own):
            gaps.append("a world has other people of the reader's own")
        elif not least <= sum_atoms(rest, worlds[place]) <= most:
            gaps.append("a world does not leave it open")
    return gaps if len(gaps) == 2 or not target.kept else []  # noqa: PLR2004 - two worlds, of which one is enough
