"""What the title of a school calendar's entry says about who works that day. English and Spanish."""

import html
import re
import unicodedata

from .model import DayKind

MAX_TITLE = 200
MAX_READ = 2000
"""A title's words stand at its beginning; a search for the end of a tag through megabytes would take hours."""

# Read first: "Teacher Planning Day – Student Holiday" is a holiday for students and a working day for staff.
_STAFF = re.compile(
    r"\bpd\b|professional (development|learning)|\bin-?service\b|work ?days?\b|planning days?\b"
    r"|\b(staff|teachers?|faculty) (development|training|institute|planning|records?|prep(aration)?|days?\b)"
    r"|parent.{0,3}teacher conf|(pupil|student|non-student)[ -]free|non-student days?"
    r"|desarrollo profesional|capacitacion|jornada pedagogica|consejo tecnico|dia de planificacion"
    r"|dia de trabajo (docente|de(l personal| maestros)|para maestros)|conferencias? de padres"
)
_STUDENTS_AWAY = re.compile(
    r"no school for students|no students|students? (holiday|off|day off)|sin clases para (los )?(alumnos|estudiantes)"
)
_OFF = re.compile(
    r"\bbreak\b|\bholidays?\b|\bno (school|class(es)?)\b|\bclosed\b|\bclosure\b|\bvacation\b|\brecess\b|snow day"
    r"|\blabor day|thanksgiving|\bchristmas|\bnew year|\bmlk\b|martin luther king|\bpresidents?'?s? day"
    r"|\bmemorial day|independence day|juneteenth|\bveterans?'?s? day|columbus day|indigenous peoples?'? day"
    r"|good friday|\beaster\b|dias? festivos?|dias? feriados?|\bferiados?\b|\basueto|\bvacaciones|\breceso"
    r"|sin clases|no hay clases|suspension de clases|\bcerrad[ao]s?\b|dia del trabajo|accion de gracias|\bnavidad"
    r"|ano nuevo|semana santa|viernes santo|dia de los (caidos|veteranos|presidentes)"
)
# A day named after a holiday on which people are at work all the same.
_AT_WORK = re.compile(
    r"\bresumes?\b|\breturns?\b|\bback (to|from)\b|first day (after|back)|(last )?day before|early (release|dismissal)"
    r"|half.day|\bconcert|\bparty\b|\bparade|\bassembly|\bprogram\b|\bluncheon|\bcamp\b|\bsale\b"
    r"|\bregres|\breanud|\breinici|ultimo dia antes|salida temprana|\bconcierto|\bdesfile|\bposada"
)
_BLACKOUT = re.compile(
    r"\bstaar\b|\btelpas\b|\btest(s|ing)?\b|\bassessments?\b|\bexams?\b|\bexaminations?\b|\bfinals (week|window)"
    r"|\bexamen(es)?\b|\bpruebas? (estatal|de estado|finales)|evaluacion(es)? (estatal|final)"
)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z][^>]*>", re.DOTALL | re.IGNORECASE)


def kind_of(title: str) -> DayKind:
    """off, staff, blackout or note. A title that sends only the students home leaves the staff at work."""
    text = _fold(title)
    if _STAFF.search(text):
        return "staff"
    rest = _STUDENTS_AWAY.sub(" ", text)
    if _OFF.search(rest) and not _AT_WORK.search(rest):
        return "off"
    if rest != text:
        return "staff"
    return "blackout" if _BLACKOUT.search(text) else "note"


def clean_title(text: str) -> str:
    """One line of plain words: HTML, entities and line breaks gone, at most 200 characters."""
    text = text[:MAX_READ]
    # Twice: feeds send tags both as they are and written as entities.
    for _ in range(2):
        text = html.unescape(_TAG.sub(" ", text))
    text = " ".join(_TAG.sub(" ", text).split())
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1].rstrip() + "…"


def _fold(title: str) -> str:
    """Lower case without accents, with straight apostrophes, so that one pattern fits every spelling."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", title) if not unicodedata.combining(mark))
    return bare.replace("’", "'").casefold()
