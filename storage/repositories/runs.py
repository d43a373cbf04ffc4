"""Protocol runs and what members answered in them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from cohorts.ports import Answer, MissingError, StaleError
from cohorts.protocols.run import Run
from cohorts.protocols.sealed import SealedText
from storage.prepared import Prepared
from storage.rows import add_row, dump, find_row, find_rows, load, save_row
from storage.tables import AnswerRow, OutboxRow, RunRow, table_of

from .queues import Due

RUN, OUTBOX = table_of(RunRow), table_of(OutboxRow)

_NEWEST = update(RUN).where(RUN.c.id == bindparam("run"), RUN.c.version == bindparam("from"))
_SAVE = Prepared(_NEWEST.values(version=bindparam("version"), body=bindparam("body")), part="run")


class Runs:
    """Each run is read once in a transaction, and so is which runs a cohort or a run has: neither ever moves."""

    def __init__(self, connection: Connection, due: Due) -> None:
        self._connection = connection
        self._due = due
        self._known: dict[str, Run] = {}
        self._ids: dict[tuple[str, str], Sequence[str]] = {}

    def add(self, run: Run, due_at: datetime | None) -> None:
        self._ids.clear()
        columns = {
            "id": run.id,
            "cohort_id": run.cohort_id,
            "parent_id": run.parent_id,
            "version": run.version,
        }
        add_row(self._connection, RunRow, **columns, body=dump(run))
        self._plan(run, due_at)

    def save(self, run: Run, due_at: datetime | None) -> Run:
        newer = run.model_copy(update={"version": run.version + 1})
        change = {"run": run.id, "from": run.version, "version": newer.version, "body": dump(newer)}
        self._known.pop(run.id, None)
        if _SAVE.change(self._connection, change) != 1:
            raise StaleError(f"{run.id}: version {run.version} is no longer the newest.")
        self._plan(newer, due_at)
        return newer

    def _plan(self, run: Run, due_at: datetime | None) -> None:
        if due_at is None:
            self._due.clear("run", run.id)
        else:
            self._due.set("run", run.id, due_at)

    def get(self, run_id: str) -> Run:
        if run_id not in self._known:
            row = find_row(self._connection, RunRow, id=run_id)
            if row is None:
                raise MissingError(f"No run {run_id}.")
            self._known[run_id] = load(Run, row.body)
        return self._known[run_id]

    def of_cohort(self, cohort_id: str) -> Sequence[Run]:
        return self._select("cohort_id", cohort_id)

    def find_by_header(self, platform: str, workspace: str, message: str) -> Run | None:
        """The run whose header is this message of the platform."""
        header = select(OUTBOX.c.key).where(
            OUTBOX.c.platform == platform, OUTBOX.c.workspace == workspace, OUTBOX.c.platform_id == message
        )
        key = self._connection.execute(header).scalar() or ""
        run_id, _, rest = key.partition(":")
        row = find_row(self._connection, RunRow, id=run_id) if rest.startswith("header@") else None
        return row and load(Run, row.body)

    def children(self, run_id: str) -> Sequence[Run]:
        return self._select("parent_id", run_id)

    def _select(self, column: str, value: str) -> Sequence[Run]:
        if (column, value) not in self._ids:
            rows = find_rows(self._connection, RunRow, **{column: value})
            self._known |= {row.id: load(Run, row.body) for row in rows if row.id not in self._known}
            self._ids[column, value] = sorted(row.id for row in rows)
        return [self.get(run_id) for run_id in self._ids[column, value]]

    def save_answer(self, answer: Answer, values: Mapping[str, SealedText]) -> None:
        key = {
            "run_id": answer.run_id,
            "step_id": answer.step_id,
            "member": answer.member,
            "number": answer.number,
        }
        words = {name: text.for_author() for name, text in values.items()}
        sealed = json.dumps(words, ensure_ascii=False, sort_keys=True)
        save_row(self._connection, AnswerRow, key, body=dump(answer), sealed=sealed)

    def answers(self, run_id: str, step_id: str) -> Sequence[tuple[Answer, Mapping[str, SealedText]]]:
        """Oldest first; equal instants by member."""
        rows = find_rows(self._connection, AnswerRow, run_id=run_id, step_id=step_id)
        found = [(load(Answer, row.body), _seal(row.sealed)) for row in rows]
        return sorted(found, key=lambda pair: (pair[0].at, pair[0].member, pair[0].number))


def _seal(words: str) -> Mapping[str, SealedText]:
    return {name: SealedText(text) for name, text in json.loads(words).items()}
