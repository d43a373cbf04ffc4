"""The cooperative's report in words: a few tables, for the page and the command line alike."""

from collections.abc import Iterator, Mapping

from cohorts.values import Frozen
from cohorts.words import say

from .alternatives import POINTS
from .report import Balance, Cell, Report, Share
from .suppress import FEWEST


class Told(Frozen):
    """A table: what stands over its columns, its rows, and what is to be known of it. A `head` of two blanks is a list
    of labels and values."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    flagged: bool = False


def tell_report(report: Report, language: str) -> tuple[Told, ...]:
    return (_whole(report, language), _waiting(report, language), *_balances(report, language))


def _whole(report: Report, language: str) -> Told:
    seats = sum(report.hours.values())
    rows = {
        "people": _share(Share(part=report.seated, whole=report.people), language),
        "before": _share(report.before, language),
        "after": _share(report.after, language),
        "mix": _counts(report.leas, "leas", language),
        "one_sided": _share(Share(part=report.one_sided, whole=report.groups), language),
        "hour": _share(Share(part=seats - report.hours.get(0, 0), whole=seats), language),
        "hours": _share(Share(part=report.hours.get(3, 0), whole=seats), language),
        "sizes": _counts(report.sizes, "size", language),
        "mean": _points(report.mean, language),
        "tenth": _points(report.tenth, language),
    }
    told = tuple((say(language, f"report.{name}"), value) for name, value in rows.items())
    return Told(title=say(language, "report.whole"), head=("", ""), rows=told, note=say(language, "report.alone_note"))


def _waiting(report: Report, language: str) -> Told:
    rows = tuple(
        (say(language, f"forming.cause_{code}"), _number(count, language)) for code, count in report.waiting.items()
    )
    note = "" if rows else say(language, "report.waiting_none")
    return Told(title=say(language, "report.waiting"), head=("", ""), rows=rows, note=note)


def _balances(report: Report, language: str) -> Iterator[Told]:
    columns = ("col_people", "col_seated", "col_alone", "col_points")
    for balance in report.balances:
        title = say(language, f"report.by_{balance.by}")
        if not any(cell.people for cell in balance.cells):
            yield Told(title=title, head=("", ""), rows=(), note=say(language, "report.untold", fewest=FEWEST))
            continue
        yield Told(
            title=title,
            head=("", *(say(language, f"report.{name}") for name in columns)),
            rows=tuple(_cell(balance, cell, language) for cell in balance.cells),
            note=_gap(balance, language),
            flagged=balance.flagged,
        )


def _cell(balance: Balance, cell: Cell, language: str) -> tuple[str, ...]:
    name = say(language, f"report.{balance.by}_{cell.name}")
    if cell.people is None or cell.seated is None or cell.alone is None or cell.value is None:
        return (name, _number(None, language), "", "", "")
    alone = _share(cell.alone, language) if cell.alone.whole else say(language, "report.no_singletons")
    return (name, str(cell.people), _share(cell.seated, language), alone, _points(cell.value, language))


def _gap(balance: Balance, language: str) -> str:
    if balance.ratio is None:
        return say(language, "report.gap_unknown", fewest=FEWEST)
    name = say(language, f"report.{balance.by}_{balance.worst}")
    return say(
        language, "report.gap_wide" if balance.flagged else "report.gap", name=name, percent=round(100 * balance.ratio)
    )


def _share(share: Share, language: str) -> str:
    if share.part is None:
        return say(language, "report.few_of", fewest=FEWEST)
    return say(language, "forming.share", part=share.part, whole=share.whole, percent=share.percent)


def _counts(counts: Mapping[int, int], unit: str, language: str) -> str:
    told = [
        say(language, f"report.{unit}_count", number=number, count=count) for number, count in counts.items() if count
    ]
    return ", ".join(told) or say(language, "forming.nobody")


def _number(count: int | None, language: str) -> str:
    return say(language, "report.few", fewest=FEWEST) if count is None else str(count)


def _points(value: float, language: str) -> str:
    return say(language, "report.points", number=round(POINTS * value))
