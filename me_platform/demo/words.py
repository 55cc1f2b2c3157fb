"""What invented people say and write in the sample: short texts in the languages they would be in. Nobody said them."""

from __future__ import annotations

from collections.abc import Mapping

Text = Mapping[str, str]

OWN_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "goal": {
        "lv": (
            "Atrast darbu, kas patīk",
            "Sava istaba",
            "Iemācīties valodu",
            "Mierīga dzīve",
            "Pabeigt kursus",
            "Mācīties",
        ),
        "en": (
            "Find work I like",
            "A room of my own",
            "Learn the language",
            "To feel calm",
            "Finish my course",
            "Study",
        ),
        "ru": ("Найти хорошую работу", "Своя комната", "Выучить язык", "Спокойная жизнь"),
        "uk": ("Знайти добру роботу", "Власна кімната", "Вивчити мову", "Спокійне життя"),
        "ar": ("أن أجد عملا أحبه", "غرفة خاصة بي", "تعلم اللغة", "حياة هادئة"),
    },
    "change": {
        "lv": (
            "Tulks arī vakaros.",
            "Vairāk laika sarunām.",
            "Lai viss nav jāstāsta vairākas reizes.",
            "Vēstules vienkāršā valodā.",
        ),
        "en": (
            "An interpreter in the evening too.",
            "More time to talk.",
            "Not having to tell everything again and again.",
            "Letters in simple words.",
        ),
        "ru": ("Больше времени на разговор.", "Письма простыми словами."),
        "uk": ("Більше часу на розмову.", "Листи простими словами."),
        "ar": ("وقت أطول للحديث.", "رسائل بكلمات بسيطة."),
    },
}
"""Answers to the open questions, by name of the question and language."""

FINDINGS: tuple[Text, ...] = (
    {
        "en": "Women who chose their own interpreter came to the next meeting more often.",
        "lv": "Sievietes, kuras pašas izvēlējās tulku, biežāk atnāca uz nākamo tikšanos.",
    },
    {
        "en": "A written plan in plain words made the first legal meeting calmer.",
        "lv": "Vienkāršiem vārdiem uzrakstīts plāns padarīja pirmo tikšanos ar juristu mierīgāku.",
    },
    {
        "en": "Waiting for a place in a language course was the most frequent obstacle to work.",
        "lv": "Biežākais šķērslis ceļā uz darbu bija rinda uz valodas kursiem.",
    },
    {
        "en": "Child care during group sessions decided whether mothers could take part.",
        "lv": "Mātes varēja piedalīties grupas nodarbībās, ja kāds pieskatīja viņu bērnus.",
    },
    {
        "en": "Where the same caseworker stayed from the first meeting on, referrals were refused less often.",
        "lv": "Ja kopš pirmās tikšanās palīdzēja viens un tas pats lietu pārzinis, no nosūtīšanas atteicās retāk.",
    },
    {
        "en": "Help with letters from the authorities was asked for most in the first three months.",
        "lv": "Palīdzību ar iestāžu vēstulēm visbiežāk lūdza pirmajos trijos mēnešos.",
    },
)

QUOTES: tuple[tuple[str, str], ...] = (
    ("Beidzot kāds paskaidroja, kas notiks tālāk.", "lv"),
    ("Here nobody hurries me.", "en"),
    ("Es pati izvēlējos, ar ko runāt.", "lv"),
    ("I know now whom I can call.", "en"),
    ("Теперь я знаю, к кому обратиться.", "ru"),
    ("Тут мене слухають.", "uk"),
)

BARRIERS_DONE: tuple[str, ...] = (
    "Invented sample: another provider was found.",
    "Invented sample: an interpreter was paid for.",
    "Invented sample: a letter was written together.",
)
