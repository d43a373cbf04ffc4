"""Rating a review: two questions, private."""

from cohorts.feedback.model import Review
from cohorts.messages import CheckField, ChoiceField, Form, Option
from cohorts.words import say


def rating_form(review: Review, reviewer: str, language: str) -> Form:
    options = tuple(Option(id=str(n), label=say(language, f"reviewing.useful.{n}")) for n in (3, 2, 1, 0))
    return Form(
        title=say(language, "reviewing.rate.title"),
        action="review.rate.send",
        value=review.assignment_id,
        submit=say(language, "basics.send"),
        cancel=say(language, "basics.cancel"),
        intro=say(language, "reviewing.rate.intro", name=reviewer, see=review.see, tried=review.try_),
        note=say(language, "reviewing.rate.note"),
        fields=(
            ChoiceField(id="useful", label=say(language, "reviewing.rate.useful"), options=options),
            CheckField(id="will_use", label=say(language, "reviewing.rate.will_use")),
        ),
    )
