"""Real-sounding reviews: honest critical ones go through, praise alone and blame alone come back. English and Spanish.

Each line stands in one field of a review whose other fields are in order.
"""

import pytest

from cohorts.feedback.check import check_review
from cohorts.words import say

GOOD = {
    "see": "I see students replace vague words in the second paragraph with exact ones.",
    "place": "second paragraph",
    "try": "What if the goal named one verb, and the exit ticket asked for the same one?",
}

SEEN = (
    "Two students say the text is boring, and you ask them to show where.",
    "They mark what is unclear to them before the pairs begin.",
    "I see two poor farmers in the text and a question about who owned the land.",
    "The lab sheet asks for weak acids first, then strong ones.",
    "Four of your nine pieces are incomplete sentences, and you keep them as they are.",
    "Your exit ticket asks for a number; the goal on page one asks for a reason.",
    "The goal is unclear to me because the verb changes from name to explain in line four.",
    "The groups were sorted by last year's scores, not by the exit ticket.",
    'There is a vague goal on page two: "students will understand fractions".',
    "I don't see the exit ticket that the second paragraph talks about.",
    "I do not yet see how the regrouping on Thursday follows from the table.",
    "Nobody in group three speaks between minute four and minute nine.",
    "No student raised a hand before the count of three.",
    "The data come from one class, and the goal speaks of both.",
    "I see that the conference notes stop after October 3.",
    "You wait two seconds, then answer the question yourself.",
    'The rubric line says "adjusts", and the page tells me only what you had planned.',
    "You say the lesson failed, and the three papers show two different reasons.",
    "The problem in question 4 has no numbers, so students must measure first.",
    "I got lost in the second paragraph: the pairs become threes without a word why.",
    "The instructions have eleven steps and the student sample stops at step six.",
    "It was hard for me to follow the table, since the columns have no names.",
    "I like your opening question, but the pair talk after it has no time limit.",
    "The plan gives ten minutes to the text and two to the writing.",
    "Your video shows the back row only, so I hear students but do not see their work.",
    'Students write "I hate fractions" on the first slip and something else on the last.',
    "They sort the garbage into three piles and graph it.",
    "The hurricane unit asks students to plan for a disaster in their own town.",
    "Veo que cambian las palabras vagas del segundo párrafo por otras exactas.",
    "Dos alumnos dicen que el texto es aburrido y les preguntas dónde.",
    "No veo todavía cómo sale el nuevo grupo del jueves de la tabla de la página dos.",
    "Marcan lo que es confuso para ellos antes de hablar en parejas.",
    "La meta habla de explicar, y el boleto de salida pide solo un número.",
    "Esperas dos segundos y luego contestas tú la pregunta.",
    "Me perdí en el segundo párrafo: las parejas se vuelven tríos y no dices por qué.",
    "Hay una meta vaga en la página dos: «entenderán las fracciones».",
    "Ningún alumno levantó la mano antes de contar tres.",
    "Los datos son de un grupo y la meta habla de los dos.",
    "El problema de la pregunta 4 no trae números, así que primero miden.",
    "La tabla me costó trabajo porque las columnas no tienen nombre.",
    "Las instrucciones tienen once pasos y la hoja del alumno se queda en el seis.",
    "Everything the students wrote on the ticket is about the wrong question",
    "Nothing is wrong with the goal, but the ticket asks about perimeter and not about area",
    "From the goal to the exit ticket I count four questions, and none is unclear",
)

WAYS_ON = (
    "Cut the warm-up; the second question already does what it should.",
    "I would drop the third artifact, since it says what the first one says.",
    "You could start again with the second question, where they disagreed.",
    "What if the goal named one verb, and the exit ticket asked for the same one?",
    "Put the table before the story so a reader sees the change first.",
    "The last paragraph does not answer the prompt; could it say what you changed on Thursday?",
    "Don't explain the third step. Let two students show theirs instead.",
    "You may want to rewrite the whole second paragraph around the two student quotes.",
    "Ask the pairs to write before they talk, not after.",
    "Leave out the adjectives and quote one student in the second paragraph.",
    "It is too long for the limit. Maybe keep one of the three stories, the one from first hour.",
    "Could they try harder problems first and then come back to this one?",
    "Model one answer with a mistake in it and have them find it.",
    "If the groups stay the same all week, say what in the data told you to keep them.",
    "Quita la entrada; la segunda pregunta ya hace lo que debe.",
    "¿Y si la meta y el boleto de salida usaran el mismo verbo?",
    "Pon la tabla antes del relato para que se vea primero el cambio.",
    "El último párrafo no responde la pregunta; podrías decir qué cambiaste el jueves.",
    "No expliques el tercer paso. Deja que dos alumnos muestren el suyo.",
    "Podrías volver a escribir el segundo párrafo con las dos citas de los alumnos.",
    "Está muy largo. Quizá basta una de las tres historias, la de la primera hora.",
    "Yo quitaría el tercer anexo, porque dice lo mismo que el primero.",
)

PLACES = (
    "exit ticket",
    "minute 4",
    "the whole second page",
    "whole class discussion",
    "all three goals",
    "the lesson plan",
    "toda la segunda parte",
    "línea 3",
)

BLAME = (
    "Your goal is too vague and the instructions are really unclear.",
    "It looks rushed and sloppy, and it feels unfinished.",
    "I found the second paragraph confusing and badly written.",
    "The exit ticket on page two is useless.",
    "This draft is not good enough for the credential.",
    "The whole thing makes no sense to me at all.",
    "Very weak introduction, weak goal, weak ending.",
    "La actividad es aburrida y la meta está muy vaga.",
    "Todo está mal explicado y no se entiende nada.",
    "El segundo párrafo me parece confuso y flojo.",
    "Tu plan no tiene sentido y los alumnos van a odiar la clase.",
    "This is not at the level I expect from a teacher",
    "No planning, no goal, no structure anywhere in here",
    "I don't think you understand how to teach fractions",
    "Se nota que no sabes enseñar fracciones a los niños",
    "Es una pérdida de tiempo para todos los estudiantes",
    "Everything is wrong here, from the goal to the exit ticket",
    "Nothing in this plan is clear to anybody who reads it",
    "Todo está mal aquí, desde la meta hasta el boleto de salida",
    "Nada en este plan queda claro para nadie que lo lea",
)

PRAISE = (
    "Great structure, I really love everything about it!",
    "Wow, amazing work, you are such a great teacher!",
    "What a wonderful and inspiring lesson for your students!",
    "Qué bonito trabajo, de verdad muy padre todo.",
    "Me encanta, eres una maestra increíble, felicidades.",
)

NO_WAY_ON = (
    "This is not acceptable, do better next time.",
    "The goal is unclear and the instructions are confusing.",
    "You should start from scratch and do it again.",
    "Just rewrite everything, it is not worth keeping.",
    "You could make it less confusing and not so boring.",
    "Maybe teaching is not for you, honestly.",
    "Nothing to add, it is perfect as it is!",
    "Keep going, you are doing great, I love it!",
    "It has too many mistakes and it is too long.",
    "I don't like it and nobody will understand it.",
    "Mejor bórralo todo y vuelve a empezar otra vez.",
    "Está confuso, no se entiende y es muy largo.",
    "No cambies nada, está perfecto así como está.",
    "Deberías hacerlo todo de nuevo porque está mal.",
    "Podrías hacerlo menos aburrido y menos confuso.",
)

NOWHERE = (
    "everything",
    "the whole thing",
    "all of it",
    "todo el plan",
    "toda la clase",
    "everywhere in it",
)


def problem(field: str, words: str) -> str | None:
    return check_review({**GOOD, field: words}, "en").get(field)


@pytest.mark.parametrize("words", SEEN)
def test_honest_words_about_what_is_there_pass(words: str) -> None:
    assert problem("see", words) is None


@pytest.mark.parametrize("words", WAYS_ON)
def test_a_change_to_try_passes_however_it_is_put(words: str) -> None:
    assert problem("try", words) is None


@pytest.mark.parametrize("words", PLACES)
def test_a_place_may_be_named_in_two_words(words: str) -> None:
    assert problem("place", words) is None


@pytest.mark.parametrize("words", BLAME)
def test_blame_alone_comes_back(words: str) -> None:
    assert problem("see", words) == say("en", "feedback.see_only_fault")


@pytest.mark.parametrize("words", PRAISE)
def test_praise_alone_comes_back(words: str) -> None:
    assert problem("see", words) == say("en", "feedback.see_only_praise")


@pytest.mark.parametrize("words", NO_WAY_ON)
def test_without_a_way_on_there_is_nothing_to_try(words: str) -> None:
    kinds = ("try_only_fault", "try_only_praise", "try_discards")
    assert problem("try", words) in [say("en", f"feedback.{kind}") for kind in kinds]


@pytest.mark.parametrize("words", NOWHERE)
def test_all_of_it_is_no_place(words: str) -> None:
    assert problem("place", words) == say("en", "feedback.place_missing")
