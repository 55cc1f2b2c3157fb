"""What is never asked, as somebody would ask it, in all five languages (privacy-and-safety 1.9)."""

from __future__ import annotations

import pytest

from me_platform.surveys.wording import NEVER_ASKED, find_forbidden, list_long_sentences

ASKED = {
    "the exploitation": {
        "en": "Were you forced to work?",
        "lv": "Vai cietāt no cilvēku tirdzniecības?",
        "ru": "Вы пострадали от торговли людьми?",
        "uk": "Чи постраждали Ви від торгівлі людьми?",
        "ar": "هل تعرضتم للاستغلال؟",
    },
    "the exploiter": {
        "en": "Do you know the offender?",
        "lv": "Vai pazīstat pāridarītāju?",
        "ru": "Вы знаете обидчика?",
        "uk": "Чи знаєте Ви кривдника?",
        "ar": "هل تعرفون الجاني؟",
    },
    "sexual acts or orientation": {
        "en": "What is your sexual orientation?",
        "lv": "Kāda ir Jūsu seksuālā orientācija?",
        "ru": "Какая у Вас сексуальная ориентация?",
        "uk": "Яка у Вас сексуальна орієнтація?",
        "ar": "ما هو ميلكم الجنسي؟",
    },
    "cooperation with the police": {
        "en": "Did you testify in court?",
        "lv": "Vai esat runājuši ar policiju?",
        "ru": "Вы обращались в полицию?",
        "uk": "Чи звертались Ви до поліції?",
        "ar": "هل تحدثتم إلى رجال الأمن وبالشرطة؟",
    },
    "the residence or asylum status": {
        "en": "Do you have a residence permit?",
        "lv": "Kāds ir Jūsu uzturēšanās statuss?",
        "ru": "У Вас есть вид на жительство?",
        "uk": "Чи маєте Ви посвідку на проживання?",
        "ar": "هل لديكم جواز سفركم؟",
    },
    "the address": {
        "en": "What is your address?",
        "lv": "Kurā ielā dzīvojat?",
        "ru": "Где Вы живёте?",
        "uk": "Де Ви живете?",
        "ar": "ما هو عنوانكم؟",
    },
    "religion": {
        "en": "Do you go to a church?",
        "lv": "Kāda ir Jūsu ticība?",
        "ru": "Какая у Вас религия?",
        "uk": "Яка у Вас релігія?",
        "ar": "ما هي ديانتكم؟",
    },
    "pregnancy": {
        "en": "Are you pregnant?",
        "lv": "Vai Jums ir grūtniecība?",
        "ru": "Вы беременны?",
        "uk": "Чи Ви вагітні?",
        "ar": "هل أنتم في فترة الحمل؟",
    },
    "illness": {
        "en": "Which diseases do you have?",
        "lv": "Ar kādām slimībām slimojat?",
        "ru": "Какие у Вас болезни?",
        "uk": "Які у Вас хвороби?",
        "ar": "ما هي أمراضكم؟",
    },
    "where children are": {
        "en": "Where is your child?",
        "lv": "Kur ir Jūsu bērns?",
        "ru": "Где Ваш ребёнок?",
        "uk": "Де Ваша дитина?",
        "ar": "أين يعيش أطفالكم؟",
    },
    "savings": {
        "en": "How much money do you have?",
        "lv": "Cik lieli ir Jūsu uzkrājumi?",
        "ru": "Сколько денег Вы отложили?",
        "uk": "Скільки грошей Ви відклали?",
        "ar": "كم من المال لديكم؟",
    },
    "undocumented work": {
        "en": "Do you work without papers?",
        "lv": "Vai strādājat bez līguma?",
        "ru": "Вы работаете без договора?",
        "uk": "Чи працюєте Ви без договору?",
        "ar": "هل تعملون بدون عقد؟",
    },
}


def test_every_topic_is_asked_here() -> None:
    assert list(ASKED) == list(NEVER_ASKED)


@pytest.mark.parametrize("topic", ASKED)
@pytest.mark.parametrize("language", ["en", "lv", "ru", "uk", "ar"])
def test_a_question_somebody_would_ask_is_found(topic: str, language: str) -> None:
    """privacy-and-safety 1.9: never asked and never inferable, in every language of the screens."""
    found = find_forbidden(ASKED[topic][language], language)
    assert found is not None
    assert found[0] == topic


@pytest.mark.parametrize("written", ["الشُّرْطَة", "والشرطة", "للشرطة", "الشرطـــة", "وبالشرطة"])
def test_arabic_is_found_with_vowels_lengthened_and_behind_short_words(written: str) -> None:
    found = find_forbidden(f"هل ذهبتم {written}؟", "ar")
    assert found is not None
    assert found[0] == "cooperation with the police"


@pytest.mark.parametrize("said", ["بشرط واحد", "والشرطات لا تهم", "لدينا وقت", "هل لكم ولدين", "حمل الأشياء", "حملة"])
def test_ordinary_arabic_words_are_not_taken_for_forbidden_ones(said: str) -> None:
    assert find_forbidden(said, "ar") is None


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("ދިވެހި ބަސް", 2),
        ("Vai Jums ir – kā citiem – miegs", 6),
        ("don't well-being 24/7", 3),
        ("مَرْحَبًا بِكُمْ", 2),
    ],
)
def test_words_are_counted_in_every_script(sentence: str, words: int) -> None:
    """Signs above and below letters end no word; sentences end as each script ends them."""
    filled = f"{sentence} {'a ' * (15 - words)}".strip()
    assert list_long_sentences(filled) == []
    assert list_long_sentences(f"{filled} b") == [f"{filled} b"]
    assert list_long_sentences(f"{filled}۔ {filled}؟") == []
