"""What the words of a survey may not ask, and what makes them hard to read.

The list of topics is data: privacy-and-safety 1.9 names what is never asked and must never be inferable. A word
that ends with ``*`` stands for every word that begins so; several words stand for exactly that sequence. The list
catches the obvious; it does not replace a reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

NEVER_ASKED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "the exploitation": {
        "en": (
            "exploit*",
            "traffick*",
            "forced to work",
            "forced work",
            "slavery",
            "prostitut*",
            "what happened to you",
        ),
        "lv": (
            "ekspluat*",
            "cilvēku tirdzniecīb*",
            "cilvēktirdzniecīb*",
            "piespiedu darb*",
            "verdzīb*",
            "prostit*",
            "kas ar jums notika",
        ),
        "ru": ("эксплуат*", "торговл* людьми", "принудительн*", "рабств*", "проститу*", "что с вами случилось"),
        "uk": ("експлуат*", "торгівл* людьми", "примусов*", "рабств*", "проститу*", "що з вами сталося"),
        "de": ("ausbeut*", "menschenhandel*", "zwangsarbeit*", "zwangsprostit*", "prostitu*"),
        "it": (
            "sfruttament*",
            "tratta di persone",
            "tratta di esseri umani",
            "lavoro forzato",
            "schiavit*",
            "prostitu*",
        ),
        "fr": ("exploit*", "traite des êtres humains", "traite humaine", "travail forcé", "esclavag*", "prostitu*"),
        "es": ("explot*", "trata de personas", "trabajo forzado", "esclavitud", "prostitu*"),
        "ar": (
            "استغلال*",
            "الاستغلال*",
            "الاتجار*",
            "اتجار*",
            "عمل قسري",
            "العمل القسري",
            "عبودية",
            "دعارة*",
            "الدعارة*",
            "ماذا حدث لك*",
        ),
    },
    "the exploiter": {
        "en": ("exploiter*", "trafficker*", "offender*", "perpetrator*", "pimp", "pimps", "who hurt you"),
        "lv": ("ekspluatator*", "tirgoņ*", "cilvēktirgoņ*", "pāridarītāj*", "suten*"),
        "ru": ("эксплуататор*", "торговец людьми", "преступник*", "обидчик*", "сутен*"),
        "uk": ("експлуататор*", "торговець людьми", "злочинц*", "кривдник*", "сутен*"),
        "de": ("ausbeuter*", "täter*", "menschenhändler*", "zuhälter*"),
        "it": ("sfruttator*", "trafficant*", "aggressor*"),
        "fr": ("exploiteur*", "trafiquant*", "agresseur*", "proxénète*"),
        "es": ("explotador*", "traficante*", "agresor*", "proxeneta*"),
        "ar": ("مستغل*", "المستغل*", "متاجر*", "الجاني", "جناة", "المعتدي*", "قواد*"),
    },
    "sexual acts or orientation": {
        "en": ("sex", "sexual*", "lesbian", "gay", "bisexual", "homosexual*"),
        "lv": ("seks", "sekss", "seksa", "seksu", "seksuāl*", "lesbiet*", "gejs", "geju", "homoseksu*"),
        "ru": ("секс", "секса", "сексом", "сексуальн*", "лесби*", "гей", "гомосекс*"),
        "uk": ("секс", "сексу", "сексом", "сексуальн*", "лесбі*", "гей", "гомосекс*"),
        "de": ("sex", "sexual*", "sexuell*", "lesbisch*", "schwul*", "homosexuell*"),
        "it": ("sesso", "sessual*", "lesbica*", "gay", "omosessual*"),
        "fr": ("sexe", "sexuel*", "lesbienne*", "gay", "homosexuel*"),
        "es": ("sexo", "sexual*", "lesbiana*", "gay", "homosexual*"),
        "ar": ("جنس", "الجنس", "جنسي*", "الجنسي*", "مثلي*"),
    },
    "cooperation with the police": {
        "en": ("police", "prosecut*", "testify", "testified", "testimony", "investigat*"),
        "lv": ("policij*", "prokur*", "liecīb*", "liecināt tiesā", "liecināj*", "izmeklēšan*"),
        "ru": ("полици*", "прокур*", "показани*", "следств*", "следовател*"),
        "uk": ("поліці*", "прокур*", "свідчен*", "слідств*", "слідч*"),
        "de": ("polizei*", "staatsanw*", "zeugenaussage*", "ermittl*"),
        "it": ("polizia", "carabinieri", "procura della repubblica", "testimoni*", "indagini di polizia"),
        "fr": ("police", "gendarm*", "procureur*", "témoign*", "enquête de police", "enquêteur*"),
        "es": ("policía*", "fiscal*", "testific*", "investigación policial", "investigación penal"),
        "ar": (
            "شرطة",
            "الشرطة",
            "شرطي*",
            "الشرطي*",
            "مدع عام",
            "المدعي العام",
            "شهادة أمام",
            "تحقيق*",
            "التحقيق*",
            "الشهادة أمام",
            "تشهد*",
            "محقق*",
            "المحقق*",
        ),
    },
    "the residence or asylum status": {
        "en": ("asylum", "refugee*", "visa", "visas", "residence permit*", "immigration", "deport*", "passport*"),
        "lv": (
            "patvērum*",
            "bēgl*",
            "vīza",
            "vīzas",
            "vīzu",
            "uzturēšanās atļauj*",
            "uzturēšanās status*",
            "imigrāc*",
            "deport*",
            "pases",
            "pasi",
        ),
        "ru": (
            "политическ* убежищ*",
            "просить убежищ*",
            "получить убежищ*",
            "беженц*",
            "виза",
            "визу",
            "вид* на жительство",
            "разрешени* на проживание",
            "иммиграц*",
            "депорт*",
            "паспорт*",
        ),
        "uk": (
            "політичн* притул*",
            "просити притул*",
            "отримати притул*",
            "біжен*",
            "віза",
            "візу",
            "посвідк* на проживання",
            "дозв* на проживання",
            "імміграц*",
            "депорт*",
            "паспорт*",
        ),
        "de": (
            "asyl*",
            "flüchtling*",
            "visum",
            "aufenthaltstitel*",
            "aufenthaltserlaubnis*",
            "aufenthaltsstatus",
            "einwander*",
            "abschieb*",
            "reisepass*",
        ),
        "it": (
            "asilo politico",
            "richiedent* asilo",
            "domanda di asilo",
            "rifugiat*",
            "visto di soggiorno",
            "permesso di soggiorno",
            "immigrazion*",
            "espulsion*",
            "passaport*",
        ),
        "fr": ("asile", "réfugi*", "visa", "titre de séjour", "immigration", "expulsion", "passeport*"),
        "es": ("asilo", "refugiad*", "visado", "permiso de residencia", "inmigraci*", "deport*", "pasaporte*"),
        "ar": (
            "لجوء*",
            "اللجوء*",
            "لاجئ*",
            "اللاجئ*",
            "تأشيرة*",
            "إقامة",
            "الإقامة",
            "تصريح إقامة",
            "ترحيل*",
            "إقامت*",
            "جواز سفر*",
            "جواز السفر",
            "وضعكم القانوني",
        ),
    },
    "the address": {
        "en": ("address", "addresses", "where do you live", "which street", "postcode"),
        "lv": ("adres*", "kur jūs dzīvojat", "kur jūs tagad dzīvojat", "kurā ielā", "pasta indeks*"),
        "ru": ("адрес*", "где вы живете", "где вы живёте", "на какой улице", "почтовый индекс"),
        "uk": ("адрес*", "де ви живете", "на якій вулиці", "поштовий індекс"),
        "de": ("adress*", "anschrift*", "wo wohnen sie", "welcher straße", "postleitzahl"),
        "it": ("indirizzo", "indirizzi", "dove abita", "dove abiti", "dove vive", "codice postale"),
        "fr": ("adresse*", "où habitez*", "où vivez*", "code postal"),
        "es": ("dirección", "domicilio", "dónde vive", "dónde vives", "código postal"),
        "ar": ("عنوان*", "العنوان*", "أين تعيش*", "أين تسكن*", "في أي شارع"),
    },
    "religion": {
        "en": ("religi*", "faith", "church", "mosque", "do you pray", "what do you believe"),
        "lv": ("reliģ*", "ticīb*", "baznīc*", "moše*", "lūdzat dievu"),
        "ru": ("религ*", "вера", "веру", "вероисповед*", "церк*", "мечет*"),
        "uk": ("реліг*", "віра", "віру", "віросповід*", "церк*", "мечет*"),
        "de": ("religi*", "gläubig*", "ihr glaube", "kirche", "moschee", "konfession*"),
        "it": ("religi*", "fede", "chiesa", "moschea"),
        "fr": ("religi*", "foi", "église", "mosquée"),
        "es": ("religi*", "fe", "iglesia", "mezquita"),
        "ar": (
            "دين",
            "الدين",
            "دينك*",
            "ديانة*",
            "ديانت*",
            "الديانة",
            "هل تصلون",
            "كنيسة*",
            "مسجد*",
            "المسجد*",
            "هل تصلي*",
        ),
    },
    "pregnancy": {
        "en": ("pregnan*", "abortion*", "miscarriage"),
        "lv": ("grūtniec*", "stāvoklī", "abort*"),
        "ru": ("беремен*", "аборт*"),
        "uk": ("вагітн*", "аборт*"),
        "de": ("schwanger*", "abtreib*"),
        "it": ("incint*", "gravidanz*", "abort*"),
        "fr": ("enceinte", "grossesse*", "avort*"),
        "es": ("embaraz*", "abort*"),
        "ar": ("حامل", "حوامل", "الحمل", "حملك*", "إجهاض*", "الإجهاض*"),
    },
    "illness": {
        "en": ("illness*", "disease*", "diagnos*", "hiv", "aids", "infection*", "what are you ill with"),
        "lv": ("slimīb*", "saslim*", "slimojat", "diagnoz*", "hiv", "aids", "infekcij*"),
        "ru": ("болезн*", "заболев*", "диагноз*", "вич", "спид", "инфекц*"),
        "uk": ("хвороб*", "захворюв*", "діагноз*", "віл", "снід", "інфекц*"),
        "de": ("krankheit*", "diagnos*", "hiv", "aids", "infektion*"),
        "it": ("malatti*", "diagnos*", "hiv", "aids", "infezion*"),
        "fr": ("maladie*", "diagnosti*", "vih", "sida", "infection*"),
        "es": ("enfermedad*", "diagnóstic*", "vih", "sida", "infecci*"),
        "ar": ("مرض*", "المرض*", "أمراض*", "تشخيص*", "التشخيص*", "عدوى"),
    },
    "where children are": {
        "en": (
            "where is your child",
            "where does your child live",
            "where are your children",
            "where your children are",
            "where do your children live",
        ),
        "lv": ("kur ir jūsu bērn*", "kur atrodas jūsu bērn*", "kur dzīvo jūsu bērn*", "kur tagad ir jūsu bērn*"),
        "ru": ("где ваш* дети", "где ваш реб*", "где наход* ваш*", "где жив* ваш* дети", "где жив* ваш реб*"),
        "uk": ("де ваш* діти", "де ваша дит*", "де перебува* ваш*", "де жив* ваш* діти", "де живе ваша дит*"),
        "de": ("wo sind ihre kinder", "wo leben ihre kinder"),
        "it": ("dove sono i suoi figli", "dove sono i tuoi figli"),
        "fr": ("où sont vos enfants", "où vivent vos enfants"),
        "es": ("dónde están sus hijos", "dónde están tus hijos"),
        "ar": (
            "أين أطفال*",
            "أين الأطفال",
            "أين أولاد*",
            "أين يعيش أطفال*",
            "أين يعيش أولاد*",
            "أين طفل*",
            "أين يعيش طفل*",
        ),
    },
    "savings": {
        "en": ("savings", "how much money", "bank account*"),
        "lv": ("uzkrājum*", "ietaupījum*", "cik daudz naudas", "bankas kont*"),
        "ru": ("сбережен*", "накоплени*", "сколько денег", "банковск*"),
        "uk": ("заощаджен*", "скільки грошей", "банківськ*"),
        "de": ("erspartes", "ersparnis*", "wie viel geld", "bankkonto"),
        "it": ("risparmi", "quanti soldi", "conto bancario"),
        "fr": ("épargne*", "économies", "combien d'argent", "compte bancaire"),
        "es": ("ahorros", "cuánto dinero", "cuenta bancaria"),
        "ar": ("مدخرات*", "المدخرات", "كم وفرت*", "كم من المال", "حساب مصرفي", "حساب بنكي", "حسابكم المصرفي"),
    },
    "undocumented work": {
        "en": ("undocumented", "illegal work", "work illegally", "without a contract", "without papers"),
        "lv": ("nelegāl*", "nereģistrēt* darb*", "bez līguma", "bez dokumentiem"),
        "ru": ("нелегал*", "без договора", "без документов"),
        "uk": ("нелегал*", "без договору", "без документів"),
        "de": ("schwarzarbeit*", "ohne papiere", "ohne vertrag"),
        "it": ("lavoro nero", "senza documenti", "senza contratto"),
        "fr": ("travail au noir", "sans papiers", "sans contrat"),
        "es": ("trabajo ilegal", "sin papeles", "sin contrato"),
        "ar": ("عمل بدون عقد", "العمل بدون عقد", "تعمل* بدون عقد", "بدون أوراق", "عمل غير قانوني", "بدون تصريح عمل"),
    },
}
"""Topic -> language -> words. Source: privacy-and-safety 1.9."""

CHECKED_LANGUAGES = frozenset(language for words in NEVER_ASKED.values() for language in words)
"""Languages the list has words for; a text in another one needs a reader who knows it."""


_PREFIXES: Mapping[str, str] = {"ar": "(?:[وف]?[بك]?(?=ال)|[وف]?لل|[وفبكل])?"}
"""What a language writes in one with a word that follows: and, so, with, like, for."""


def _make_pattern(words: Sequence[str], language: str) -> re.Pattern[str]:
    options = (re.escape(word.casefold()).replace(re.escape("*"), r"\w*") for word in words)
    return re.compile(rf"\b{_PREFIXES.get(language, '')}(?:{'|'.join(options)})\b")


_PATTERNS = {
    language: {
        topic: _make_pattern(words[language], language) for topic, words in NEVER_ASKED.items() if language in words
    }
    for language in CHECKED_LANGUAGES
}

MAX_WORDS = 15
"""Longest sentence that reads aloud well, in words."""

_GENDERED = re.compile(
    r"""\b(?:\w+(?:jies|usies|jusi|usi|jis|uši|ušas|ušies|ušās)\b   # sapratusi, jutusies, bijis
    | (?:esmu|esat|biju|bijāt)\s+\w+(?:ts|ta|ti|tas)\b             # esmu informēts, esat informēta
    | (?:pats|pati|paši|pašas|pašam|pašai)\b)
    | \(-\w+\) | \w+/(?:-\w+|a|e|ta|usi)\b                                        # izdzīvojušais (-usī), drošs/-a
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NOT_GENDERED = frozenset({"pusi", "klusi", "kopusi"})
"""Words that only end like a participle."""


def find_forbidden(text: str, language: str) -> tuple[str, str] | None:
    """The topic a text touches that is never asked, and the word that shows it; None where none is found."""
    # Vowel signs and lengthened lines, which Arabic may be written with, are left out.
    letters = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Mn" and c != "ـ")
    folded = " ".join(re.findall(r"[\w']+", letters.casefold()))
    found = ((topic, pattern.search(folded)) for topic, pattern in _PATTERNS.get(language, {}).items())
    return next(((topic, match[0]) for topic, match in found if match), None)


def find_long_sentence(text: str) -> str | None:
    """The first sentence of more than ``MAX_WORDS`` words, or None."""
    return next(iter(list_long_sentences(text)), None)


def list_long_sentences(text: str) -> list[str]:
    """The sentences of more than ``MAX_WORDS`` words."""
    return [
        sentence.strip() for sentence in re.split(r"(?<=[.!?…؟۔।])\s+|\n+", text) if _count_words(sentence) > MAX_WORDS
    ]


def _count_words(sentence: str) -> int:
    """Words between blanks; a dash alone is none. Signs above and below letters are part of them in every script."""
    return sum(any(map(str.isalnum, word)) for word in sentence.split())


def find_gendered_word(text: str) -> str | None:
    """The first Latvian form that fixes the reader's gender, or None (privacy-and-safety 1.8)."""
    found = (match[0] for match in _GENDERED.finditer(text))
    return next((word for word in found if word.casefold() not in _NOT_GENDERED), None)
