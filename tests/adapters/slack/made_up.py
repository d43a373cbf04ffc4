"""Any message and any form, as Hypothesis makes them up: our own words, people's, and everything between."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from cohorts.messages import (
    Button,
    Buttons,
    CheckField,
    ChoiceField,
    Context,
    Divider,
    Facts,
    FileField,
    Form,
    Message,
    Option,
    Progress,
    Section,
    TextField,
    moment,
    plain,
    quote_person,
)

MARKS = st.text(alphabet="<>&\"'`*_~[]()!\\/:|#-+@. \n1abhtps=;{}^👩🏽‍🏫é", max_size=60)
MOMENTS = st.integers(-(2**30), 2**31).map(lambda seconds: moment(datetime.fromtimestamp(seconds, UTC)))
LONG = st.integers(1, 400).map(lambda words: "¿Qué viste? I saw *it*. " * words)
WORD = st.sampled_from(("x" * 7000, "字" * 3100, "**" + "b" * 5000 + "**", "- a\n" * 400, "`c` " * 1500, "> q\n" * 900))
TEXTS = st.one_of(
    st.text(max_size=200), MARKS, MARKS.map(plain), MARKS.map(quote_person), MOMENTS, LONG, WORD, LONG.map(quote_person)
)
NAMES = st.from_regex(r"[a-z]{1,8}(\.[a-z_]{1,20}){0,3}", fullmatch=True)
BUTTONS = st.builds(
    Button,
    label=TEXTS,
    action=NAMES,
    value=st.text(max_size=1000),
    style=st.sampled_from(("normal", "primary", "danger")),
    url=st.sampled_from(("", "", "", "https://example.org/a?b=c&d", "/evidence", "javascript:alert(1)", "mailto:a@b")),
)
BLOCKS = st.one_of(
    st.builds(Section, text=TEXTS),
    st.builds(Context, text=TEXTS),
    st.builds(Facts, rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=13).map(tuple)),
    st.builds(Progress, label=TEXTS, done=st.integers(-3, 40), total=st.integers(-1, 40)),
    st.builds(Divider),
    st.builds(Buttons, items=st.lists(BUTTONS, max_size=30).map(tuple)),
)
MESSAGES = st.builds(Message, text=TEXTS, blocks=st.lists(BLOCKS, max_size=6).map(tuple))
LIMITS = st.sampled_from((0, 0, 1, 5, 40, 300, 600, 2000))
OPTIONS = st.lists(
    st.builds(Option, id=NAMES, label=TEXTS, hint=TEXTS), max_size=130, unique_by=lambda option: option.id
).map(tuple)
FIELDS = st.one_of(
    st.builds(
        TextField,
        id=NAMES,
        label=TEXTS,
        hint=TEXTS,
        initial=TEXTS,
        multiline=st.booleans(),
        required=st.booleans(),
        min_words=LIMITS,
        max_words=LIMITS,
    ),
    st.builds(
        ChoiceField,
        id=NAMES,
        label=TEXTS,
        hint=TEXTS,
        options=st.one_of(OPTIONS.map(lambda some: some[:9]), OPTIONS),
        initial=st.lists(NAMES, max_size=3).map(tuple),
        many=st.booleans(),
        required=st.booleans(),
    ),
    st.builds(CheckField, id=NAMES, label=TEXTS, hint=TEXTS, initial=st.booleans(), required=st.booleans()),
    st.builds(FileField, id=NAMES, label=TEXTS, hint=TEXTS, required=st.booleans()),
)
FORMS = st.builds(
    Form,
    title=TEXTS,
    action=NAMES,
    value=st.text(max_size=400),
    submit=TEXTS,
    cancel=TEXTS,
    intro=st.text(max_size=200),
    note=MARKS,
    fields=st.lists(FIELDS, max_size=5, unique_by=lambda field: field.id).map(tuple),
)
