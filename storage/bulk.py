"""Many rows in one statement: on a server as arrays that it takes apart, in a file one row after the other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, String, bindparam, column, func
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from .prepared import Prepared, Values

TEXT = String()


def arrays(**types: TypeEngine[Any]) -> TableValuedAlias:
    """Rows with these columns, each bound by its name as an array; in the order of the arrays."""
    bound = [bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()]
    columns = [column(name, kind) for name, kind in types.items()]
    return func.unnest(*bound).table_valued(*columns, name="given").render_derived()


class Bulk:
    """`one` is for a row of these values, `many` for all of them as arrays by the same names."""

    def __init__(self, one: Prepared, many: Prepared) -> None:
        self._one, self._many = one, many

    def change(self, connection: Connection, rows: Sequence[Values]) -> int:
        """How many rows it changed. There may be none to change."""
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            return self._one.each(connection, rows)
        return self._many.change(connection, {name: [row[name] for row in rows] for name in rows[0]})
