"""`cohortium form score`: what any assignment of people to cohorts is worth, part by part, and the rules it breaks."""

import json
from collections.abc import Iterator, Mapping
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cohorts.forming.figures.names import PAIRS, Rule
from cohorts.forming.files.people import latest_of, latest_start, read_people
from cohorts.forming.model import Policy

from ._forming_files import cohorts_from, day_of, lines_of, policy_from
from ._progress import Passed
from ._shared import MOST_SHOWN, out, problems_told
from .form_files import LONG, MOST_NAMED, Day, People, PolicyFile, isolation_told, seats_told

BROKEN = 1
"""Exit code when a rule is broken."""

if TYPE_CHECKING:
    from cohorts.forming.files.score import Fault, Scored

SAID: Mapping[Rule, str] = {
    "size": "{people}; the policy wants {smallest} to {largest}.",
    "language": "Another language than most of the cohort.",
    "consent": "With people of other districts without having agreed to it.",
    "grade_band": "With people of other grade bands, having asked for their own alone.",
    "avoid": "The first does not want to be with the second.",
    "evaluator": "The second evaluates the first.",
    "twice_seated": "Seated a second time.",
    "unknown_id": "Not among the people who want a seat.",
    "ladder": "Wider than what they agreed to.",
    "facilitator": "May not lead this cohort, by language, consent, wishes or evaluation, or does not facilitate.",
    "capacity": "Leads more cohorts than the {each} of the policy.",
    "start_later": "Wants to start later than the policy waits for.",
}


def score(
    people: People,
    cohorts: Annotated[Path, typer.Option(help="JSON lines, a cohort each: only members is needed.")],
    policy: PolicyFile = None,
    on: Day = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every fault.")] = False,
) -> None:
    """What these cohorts are worth, part by part, and each rule they break; exit code 1 when there is one."""
    with problems_told():
        rules, day = policy_from(policy), day_of(on)
        from cohorts.forming.files.score import score_cohorts  # noqa: PLC0415 - the search weighs a hundred megabytes: only who forms loads it

        latest = latest_of(rules, day)
        found = cohorts_from(cohorts)
        passed = Passed(LONG)
        starts = latest_start(lines_of(people, passed), day, latest)
        passed.total = 2 * people.stat().st_size
        with passed.shown(people.name):
            rows = read_people(str(people), lines_of(people, passed), day)
            scored = score_cohorts(rows, found, rules, starts, latest)
    if as_json:
        typer.echo(json.dumps(_as_data(scored, rules), ensure_ascii=False, indent=2))
    else:
        for line in _told(scored, rules, str(cohorts), str(people)):
            out.print(line, soft_wrap=True)
    if scored.faults:
        raise typer.Exit(BROKEN)


def _as_data(scored: "Scored", rules: Policy) -> Mapping[str, Any]:
    return {
        "people": scored.people,
        "seated": scored.seated,
        "cohorts": scored.cohorts,
        "score": fsum(scored.parts.values()),
        "parts": _nested(scored.parts),
        "singletons": {
            "all": scored.isolation.singletons,
            "alone_before": scored.isolation.before,
            "alone_after": scored.isolation.after,
        },
        "violations": [
            {
                "rule": fault.rule,
                "cohort": fault.cohort,
                "line": fault.line,
                "who": [{"id": who, "line": line or None} for who, line in fault.who],
                "text": _sentence(fault, rules),
            }
            for fault in scored.faults
        ],
    }


def _nested(parts: Mapping[str, float]) -> Mapping[str, Any]:
    """The four terms of the measure, closeness with what it is the sum of."""
    pairs = {name: parts[name] for name in PAIRS}
    closeness = {"all": fsum(pairs.values()), **pairs}
    return {"hours": parts["hours"], "closeness": closeness, "size": parts["size"], "isolation": parts["isolation"]}


def _told(scored: "Scored", rules: Policy, cohorts: str, people: str) -> Iterator[str]:
    yield seats_told(scored.people, scored.seated, scored.cohorts)
    yield f"{'score':<26}{fsum(scored.parts.values()):8.4f}   mean of all people; who waits counts 0"
    yield f"  {'hours':<24}{scored.parts['hours']:8.4f}"
    yield f"  {'closeness':<24}{fsum(scored.parts[name] for name in PAIRS):8.4f}"
    for name in PAIRS:
        yield f"    {name:<22}{scored.parts[name]:8.4f}"
    for name in ("size", "isolation"):
        yield f"  {name:<24}{scored.parts[name]:8.4f}"
    yield isolation_told(scored.isolation)
    if not scored.faults:
        yield "No rule is broken."
    for fault in scored.faults[:MOST_SHOWN]:
        who = ", ".join(f"{name} ({people}:{line})" if line else name for name, line in fault.who[:MOST_NAMED])
        more = f" and {len(fault.who) - MOST_NAMED} more" if len(fault.who) > MOST_NAMED else ""
        yield f"{cohorts}:{fault.line}: {fault.rule}: {_sentence(fault, rules)} {who}{more}"
    if len(scored.faults) > MOST_SHOWN:
        yield f"… and {len(scored.faults) - MOST_SHOWN} more; --json tells all."


def _sentence(fault: "Fault", rules: Policy) -> str:
    return SAID[fault.rule].format(
        people="1 person" if len(fault.who) == 1 else f"{len(fault.who)} people",
        smallest=rules.smallest,
        largest=rules.largest,
        each=rules.cohorts_each,
    )
