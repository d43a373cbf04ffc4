"""Protocol runs and what members answered in them."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, select, update

from cohorts.ports import Answer, MissingError, StaleError
from cohorts.protocols.run import Run
from cohorts.protocols.sealed import SealedText
from storage.bulk import TEXT, Bulk, arrays
from storage.prepared import Prepared
from storage.rows import add_row, dump, dump_kept, find_in, find_row, find_rows, load, save_row
from storage.tables import AnswerRow, OutboxRow, RunRow, table_of

from .queues import Due, Outbox

RUN, OUTBOX = table_of(RunRow), table_of(OutboxRow)


def _save() -> Bulk:
    one = update(RUN).where(RUN.c.id == bindparam("run"), RUN.c.version == bindparam("was"))
    given = arrays(run=TEXT, was=Integer(), now=Integer(), to=TEXT)
    many = update(RUN).where(RUN.c.id == given.c.run, RUN.c.version == given.c.was)
    return Bulk(
        Prepared(one.values(version=bindparam("now"), body=bindparam("to")), part="run"),
        Prepared(many.values(version=given.c.now, body=given.c.to)),
    )


_SAVE = _save()


class Runs:
    """Each run is read once in a transaction, and so is which runs a cohort or a run has: neither ever moves.

    Saves are kept back, as in the queues beside; whether nobody else was first is asked when they are written.
    """

    def __init__(self, connection: Connection, due: Due, outbox: Outbox) -> None:
        self._connection = connection
        self._due, self._outbox = due, outbox
        self._known: dict[str, Run] = {}
        self._ids: dict[tuple[str, str], Sequence[str]] = {}
        self._saved: dict[str, int] = {}

    def add(self, run: Run, due_at: datetime | None) -> None:
        self._ids.clear()
        columns = {
            "id": run.id,
            "cohort_id": run.cohort_id,
            "parent_id": run.parent_id,
            "version": run.version,
        }
        add_row(self._connection, RunRow, **columns, body=dump_kept(run))
        self._plan(run, due_at)

    def save(self, run: Run, due_at: datetime | None) -> Run:
        newer = run.model_copy(update={"version": run.version + 1})
        known = self._known.get(run.id)
        if known is not None and known.version != run.version:
            raise StaleError(f"{run.id}: version {run.version} is no longer the newest.")
        self._saved.setdefault(run.id, run.version)
        self._known[run.id] = newer
        self._plan(newer, due_at)
        return newer

    def flush(self) -> None:
        """Raises StaleError when somebody has saved one of them since it was read."""
        saved, self._saved = sorted(self._saved.items()), {}
        newer = [(self._known[run_id], version) for run_id, version in saved]
        rows = [{"run": run.id, "was": version, "now": run.version, "to": dump_kept(run)} for run, version in newer]
        if _SAVE.change(self._connection, rows) != len(rows):
            raise StaleError(f"{', '.join(run_id for run_id, _ in saved)}: no longer the newest.")

    def _plan(self, run: Run, due_at: datetime | None) -> None:
        if due_at is None:
            self._due.clear("run", run.id)
        else:
            self._due.set("run", run.id, due_at)

    def warm(self, run_ids: Collection[str]) -> Sequence[Run]:
        """Read these runs now, in one statement."""
        missing = [run_id for run_id in run_ids if run_id not in self._known]
        self._known |= {row.id: load(Run, row.body) for row in find_in(self._connection, RunRow, "id", missing)}
        return [self._known[run_id] for run_id in run_ids if run_id in self._known]

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
        self._outbox.flush()
        header = select(OUTBOX.c.key).where(
            OUTBOX.c.platform == platform, OUTBOX.c.workspace == workspace, OUTBOX.c.platform_id == message
        )
        key = self._connection.execute(header).scalar() or ""
        run_id, _, rest = key.partition(":")
        if not rest.startswith("header@"):
            return None
        self.warm((run_id,))
        return self._known.get(run_id)

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
