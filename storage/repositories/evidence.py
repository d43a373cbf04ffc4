"""What an educator keeps on the way to a microcredential."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection
from sqlmodel import SQLModel

from cohorts.evidence.model import Artifact, Draft, Result
from cohorts.ports import MissingError
from storage.prepared import Row
from storage.rows import dump, find_in, find_row, find_rows, load, save_row
from storage.tables import ArtifactRow, DraftRow, ReadingRow, ResultRow


class Evidence:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._readings: dict[str, Mapping[str, str]] = {}
        """Of those whom somebody announced."""

    def save_artifact(self, artifact: Artifact) -> None:
        columns = {"educator_id": artifact.educator_id, "microcredential_id": artifact.microcredential_id}
        save_row(self._connection, ArtifactRow, {"id": artifact.id}, **columns, body=dump(artifact))

    def get_artifact(self, artifact_id: str) -> Artifact:
        row = find_row(self._connection, ArtifactRow, id=artifact_id)
        if row is None:
            raise MissingError(f"No artifact {artifact_id}.")
        return load(Artifact, row.body)

    def artifacts(self, educator_id: str, microcredential_id: str) -> Sequence[Artifact]:
        """Oldest first, withdrawn ones included."""
        found = [load(Artifact, row.body) for row in self._of(ArtifactRow, educator_id, microcredential_id)]
        return sorted(found, key=lambda artifact: (artifact.created_at, artifact.id))

    def add_draft(self, draft: Draft) -> None:
        columns = {"educator_id": draft.educator_id, "microcredential_id": draft.microcredential_id}
        save_row(self._connection, DraftRow, {"id": draft.id}, **columns, body=dump(draft))

    def share_draft(self, draft_id: str) -> None:
        """Raises MissingError."""
        shared = self.get_draft(draft_id).model_copy(update={"shared": True})
        self.add_draft(shared)

    def drafts(self, educator_id: str, microcredential_id: str) -> Sequence[Draft]:
        """Every version of every prompt, oldest first."""
        found = [load(Draft, row.body) for row in self._of(DraftRow, educator_id, microcredential_id)]
        return sorted(found, key=lambda draft: (draft.part_id, draft.prompt_id, draft.version))

    def get_draft(self, draft_id: str) -> Draft:
        row = find_row(self._connection, DraftRow, id=draft_id)
        if row is None:
            raise MissingError(f"No draft {draft_id}.")
        return load(Draft, row.body)

    def save_result(self, educator_id: str, microcredential_id: str, result: Result) -> None:
        number = len(self.results(educator_id, microcredential_id)) + 1
        key = {"educator_id": educator_id, "microcredential_id": microcredential_id, "number": number}
        save_row(self._connection, ResultRow, key, body=dump(result))

    def results(self, educator_id: str, microcredential_id: str) -> Sequence[Result]:
        """Oldest first."""
        rows = self._of(ResultRow, educator_id, microcredential_id)
        return [load(Result, row.body) for row in sorted(rows, key=lambda row: int(row.number))]

    def _of(self, model: type[SQLModel], educator_id: str, microcredential_id: str) -> Sequence[Row]:
        key = {"educator_id": educator_id, "microcredential_id": microcredential_id}
        return find_rows(self._connection, model, **key)

    def save_reading(self, educator_id: str, key: str, value: str) -> None:
        self._readings.pop(educator_id, None)
        save_row(self._connection, ReadingRow, {"educator_id": educator_id, "key": key}, value=value)

    def warm(self, educator_ids: Collection[str]) -> None:
        """Read them now, in one statement."""
        by_person: dict[str, list[Row]] = {person: [] for person in educator_ids if person not in self._readings}
        for row in find_in(self._connection, ReadingRow, "educator_id", by_person):
            by_person[row.educator_id].append(row)
        self._readings |= {person: _to_readings(rows) for person, rows in by_person.items()}

    def readings(self, educator_id: str) -> Mapping[str, str]:
        known = self._readings.get(educator_id)
        if known is None:
            return _to_readings(find_rows(self._connection, ReadingRow, educator_id=educator_id))
        return known


def _to_readings(rows: Sequence[Row]) -> Mapping[str, str]:
    return {row.key: row.value for row in sorted(rows, key=lambda row: str(row.key))}
