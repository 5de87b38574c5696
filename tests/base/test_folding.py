import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pimms_directory.base.folding import fold, misprint, search_words

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Évry", "evry"),
        ("ÉCHIROLLES", "echirolles"),
        ("E\N{COMBINING ACUTE ACCENT}chirolles", "echirolles"),
        ("L’Haÿ-les-Roses", "l hay les roses"),
        ("L'Haÿ les Roses", "l hay les roses"),
        ("Saint-Étienne", "saint etienne"),
        ("St-Étienne", "saint etienne"),
        ("ST. ETIENNE", "saint etienne"),
        ("Ste-Foy-lès-Lyon", "sainte foy les lyon"),
        ("Stes-Maries-de-la-Mer", "saintes maries de la mer"),
        ("Stains", "stains"),
        ("Est", "est"),
        ("Jœuf", "joeuf"),
        ("Œuilly", "oeuilly"),
        ("Lætitia", "laetitia"),
        ("Vaulx–en–Velin — centre", "vaulx en velin centre"),
        ("  Le\u00a0Creusot\u202f! ", "le creusot"),
        ("Paris 14ème", "paris 14e"),
        ("Paris 14e", "paris 14e"),
        ("Paris 14 e", "paris 14e"),
        ("Lyon 1er", "lyon 1e"),
        ("Lyon 1ère", "lyon 1e"),
        ("69008", "69008"),
        ("2A", "2a"),
        ("a\x00b", "a b"),
        ("100 % _", "100"),
        ("", ""),
        ("…", ""),
        ("Марсель", "марсель"),
        ("Орлеан — Йер", "орлеан иер"),
        ("أورليان", "اورليان"),
        ("بَارِيس", "باريس"),
        ("باريس ٧٥٠١٨", "باريس 75018"),
        ("Ορλεάνη", "ορλεανη"),
        ("巴黎", "巴黎"),
        ("Łódź", "łodz"),
    ],
)
def test_fold_writes_a_text_in_its_one_spelling(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("PIMMS de Bron", ["pimms", "bron"]),
        ("l’Haÿ", ["hay"]),
        ("Châlons en Champagne", ["chalons", "champagne"]),
        ("la", ["la"]),
        ("de la", ["de", "la"]),
        ("", []),
        ("  - ’ ", []),
        ("\x00", []),
    ],
)
def test_search_words_leave_out_little_words_unless_there_is_nothing_else(query, words):
    assert search_words(query) == words


@pytest.mark.slow
@given(st.text())
@example("№ 8 ème ST")
@example("İstanbul ﬁ ẞ")
def test_fold_gives_words_one_space_apart_and_no_latin_capital(text):
    assert re.fullmatch(r"([^\W_]+( [^\W_]+)*)?", fold(text))
    assert not re.search(r"[A-Z]", fold(text))


@given(st.text(alphabet=st.characters(codec="latin-1")))
def test_fold_gives_ascii_for_what_french_is_written_with(text):
    french = re.sub(r"[^A-Za-z0-9À-ÅÇ-ÏÑ-ÖÙ-Ýà-åç-ïñ-öù-ýÿŒœÆæ '’-]", "", text)
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", fold(french))


@given(st.text(alphabet="stepr18 éÉ-’œ", max_size=30))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_does_not_matter_to_a_word_of_french(text):
    french = re.sub(r"[^a-zàâäçéèêëîïôöùûüÿœæ '’-]", "", text.lower())
    assert fold(french.upper()) == fold(french)


@pytest.mark.parametrize(
    ("printed", "known", "words"),
    [
        ("PIMMS Villeurbane", "PIMMS Villeurbanne", ("villeurbane", "villeurbanne")),
        ("PIMMS Amplepluis", "PIMMS Amplepuis", ("amplepluis", "amplepuis")),
        ("PIMMS Brrest", "PIMMS Brest", ("brrest", "brest")),
        ("PIMMS Berst", "PIMMS Brest", ("berst", "brest")),
        ("PIMMS Brast", "PIMMS BREST", ("brast", "brest")),
        ("PIMM Lyon", "PIMMS Lyon", ("pimm", "pimms")),
        ("PIMMS St Etiene", "PIMMS Saint-Étienne", ("etiene", "etienne")),
        ("PIMMS de Lisle", "PIMMS de L’Isle", ("lisle", "l isle")),
        ("PIMMS Brest", "PIMMS BREST", None),
        ("PIMMS Brest 1", "PIMMS Brest 2", None),
        ("PIMMS Paris 15e", "PIMMS Paris 16e", None),
        ("PIMMS Pôle A", "PIMMS Pôle B", None),
        ("PIMMS Zone II", "PIMMS Zone III", None),
        ("PIMMS Paris Est", "PIMMS Paris Ouest", None),
        ("PIMMS Bron", "PIMMS Brno Nord", None),
        ("", "PIMMS", None),
    ],
)
def test_a_misprint_is_one_slip_and_never_another_number(printed, known, words):
    assert misprint(fold(printed), fold(known)) == words
