"""How alike two people's work is: problems of practice by their words, subjects by family, grades by band."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

Bag = Mapping[str, float]

_STOP_WORDS = (
    "a about after all also am an and any are as at be because been being but by can could did do does for from get "
    "had has have help helping how i if in into is it its make me more most my not of on or our out over so some such "
    "than that the their them then there these they this those to too up use using very was we were what when where "
    "which while who why will with would you your need want students student teachers teacher learn "
    "al algo alguna algunas alguno algunos ante aun como con cual cuando de del desde donde durante e el ella ellas "
    "ellos en entre era es esa ese eso esta estas este esto estos fue ha han hasta hay la las le les lo los mas me mi "
    "mis muy ni no nos nuestra nuestro o para pero poco por porque que quien se ser si sin sobre son su sus tambien "
    "te tiene tienen todo todos tu un una unas uno unos y ya yo quiero necesito lograr ayudar alumnos alumno "
    "estudiantes estudiante docentes docente maestros"
)
_STOP = frozenset(_STOP_WORDS.split())
_ENDINGS = (
    *("ationally", "amientos", "imientos", "amiento", "imiento", "aciones", "ations", "ically", "mente", "ación"),
    *("acion", "ation", "ments", "ment", "ness", "ings", "ies", "ing", "ado", "ada", "ido", "ida", "ar", "er", "ir"),
    *("ed", "ly", "es", "s", "e", "o", "a"),
)
_SHORTEST_STEM = 4
_WORD = re.compile(r"[^\W_]{2,}")
# Chinese, Japanese, Thai, Lao, Burmese, Khmer: no spaces between words.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")

_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "stem": ("math", "matem", "algebra", "geometr", "calcul", "statist", "numera", "scien", "cienc", "biolog",
             "chem", "quimic", "physic", "fisica", "comput", "engineer", "ingenier", "stem", "techno", "tecnolog"),
    "humanities": ("english", "ingles", "ela", "reading", "lectura", "litera", "writing", "escritura", "language art",
                   "artes del lenguaje", "social", "histor", "civic", "geograph", "geograf", "econom", "humanit"),
    "languages": ("spanish", "espanol", "french", "german", "world lang", "foreign", "bilingu", "esl", "ell", "eld",
                  "multilingual", "english learner", "dual lang"),
    "arts": ("art", "music", "theat", "teatro", "drama", "dance", "danza", "band", "orchestra", "choir"),
    "wellbeing": ("physical ed", "educacion fisica", "pe", "health", "salud", "sport", "counsel", "consejer"),
    "inclusion": ("special", "sped", "gifted", "intervention", "inclus", "especial"),
    "primary": ("elementary", "primary", "primaria", "kinder", "early", "preescolar", "general", "self-contained"),
    "career": ("career", "cte", "business", "agricultur", "vocation", "negocios", "trade"),
}  # fmt: skip
# Asked first where a word of one family stands inside another's phrase ("English learners", "language arts").
_ORDER = ("languages", "inclusion", "wellbeing", "humanities", "stem", "primary", "career", "arts")
_BANDS = {"primary": 0.0, "elementary": 0.5, "primaria": 0.5, "middle": 2.0, "secundaria": 2.0, "high": 3.0}


def fold(text: str) -> str:
    """Lower case, without accents, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(bare.lower().split())


@lru_cache(maxsize=1 << 16)  # a hundred thousand texts are made of a few thousand words
def stem(word: str) -> str:
    """A word without its commonest English or Spanish ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def bag(text: str) -> Bag:
    """Stem → weight, of length 1, so a dot product is the cosine; empty for a text without meaning words.

    Any script will do: where words are not parted by spaces, each two letters that stand side by side are one.
    """
    words: Sequence[str] = _WORD.findall(folded := fold(text))
    if not folded.isascii():
        words = [part for word in words for part in _parts(word)]
    counts = Counter(stem(word) for word in words if word not in _STOP)
    length = math.sqrt(sum(count * count for count in counts.values()))
    return {word: counts[word] / length for word in sorted(counts)}


def _parts(word: str) -> Sequence[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)] if _UNSPACED.search(word) else (word,)


def problem_text(text: str, tags: Sequence[str]) -> str:
    """What somebody says of the problem of practice, and the words of a list they chose."""
    return " ".join((text, *sorted(tags)))


def weigh_bags(bags: Sequence[Bag]) -> list[Bag]:
    """The bags with each word the heavier the fewer of them hold it (TF-IDF, smoothed), again of length 1."""
    found = Counter(word for one in bags for word in one)
    rare = {word: 1 + math.log((1 + len(bags)) / (1 + count)) for word, count in found.items()}
    return [_at_length_one({word: weight * rare[word] for word, weight in one.items()}) for one in bags]


def _at_length_one(one: Bag) -> Bag:
    length = math.sqrt(math.fsum(weight * weight for weight in one.values()))
    return {word: weight / length for word, weight in one.items()}


def cosine(one: Bag, other: Bag) -> float:
    """0 (no word in common, or nothing said) to 1."""
    if len(other) < len(one):
        one, other = other, one
    # fsum: the same two people give the same number whichever comes first.
    return min(1.0, math.fsum(weight * other[word] for word, weight in one.items() if word in other))


@lru_cache(maxsize=1 << 10)
def subject_family(subject: str) -> str:
    """The family a subject belongs to; "" when it is not known."""
    folded = fold(subject)
    for family in _ORDER:
        if any(re.search(rf"\b{mark}", folded) if len(mark) > 3 else re.search(rf"\b{mark}s?\b", folded)
               for mark in _FAMILIES[family]):  # fmt: skip
            return family
    return ""


@lru_cache(maxsize=1 << 10)
def band(grade_band: str) -> float | None:
    """Where the grades lie on the four bands K–2, 3–5, 6–8, 9–12 (0 to 3); None when unknown."""
    folded = fold(grade_band)
    grades = [int(number) for number in re.findall(r"\d+", folded)]
    if re.search(r"\b(p|t)?-?k\b|kinder", re.sub(r"\d+", " ", folded)):
        grades.append(0)
    if not grades:
        return next((place for word, place in _BANDS.items() if word in folded), None)
    return (min(3, min(grades) // 3) + min(3, max(grades) // 3)) / 2
