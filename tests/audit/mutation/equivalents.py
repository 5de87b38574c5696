"""Mutants that are the same program to everyone who uses it, each with the reason.

A new one comes here if no test of what a reader sees could tell it from the code. Else it is a hole in the tests.
"""

from __future__ import annotations

Change = tuple[str, str, str]  # module:function, the line as it is, the line with the slip

PLACE = "sites/search/typed_place"
OFFICIAL = "sites/staff/official_list"
PUBLICATION = "pimms_directory/editing/publishing/publication.py"

EQUIVALENT: dict[Change, str] = {
    (
        "sites/hours/typed_week.py:days_named",
        "is_range = was_range = False",
        "is_range = was_range = None",
    ): "Both are only asked whether they are true.",
    (
        f"{PLACE}/names.py:largest_first",
        "return sorted(dict.fromkeys(communes), key=lambda commune: -(commune.population or 0))",
        "return sorted(dict.fromkeys(communes), key=lambda commune: -(commune.population or 1))",
    ): "No commune of one person is beside one whose people nobody has counted.",
    (
        f"{PLACE}/near_misses.py:with_words_inside",
        "if len(words) > MOST_WORDS_OF_A_NAME or LITTLE_WORDS.issuperset(words):",
        "if len(words) >= MOST_WORDS_OF_A_NAME or LITTLE_WORDS.issuperset(words):",
    ): "No name has as many words.",
    (
        f"{PLACE}/territories.py:collectivities",
        'return list(Commune.objects.exclude(collectivity="").order_by().values_list("collectivity", flat=True).distinct())',  # noqa: E501
        'return list(Commune.objects.exclude(collectivity=None).order_by().values_list("collectivity", flat=True).distinct())',  # noqa: E501
    ): "No words are in a collectivity without a name: they would have to end with a space.",
    (
        f"{PLACE}/understanding.py:decide",
        'about["of_name"] = after_de(about.get("name", ""))',
        'about["of_name"] = after_de(about.get("name", "XXXX"))',
    ): "The sentences that say of_name come with a name.",
    (
        f"{PLACE}/understanding.py:is_clearly_largest",
        "first, second = ((place.commune and place.commune.population) or 0 for place in communes[:2])",
        "first, second = ((place.commune and place.commune.population) or 1 for place in communes[:2])",
    ): "Beside a commune whose people nobody has counted, one person more or less does not make a rival.",
    (
        f"{PLACE}/understanding.py:is_clearly_largest",
        "return first > 0 and first >= LIKELIER * second",
        "return first > 1 and first >= LIKELIER * second",
    ): "Of two communes of one name, the larger has more than one person.",
    (
        f"{PLACE}/words.py:cleaned",
        'text = fold(MARSEILLE_AND_DEPARTMENT.sub("marseille", typed))',
        'text = fold(MARSEILLE_AND_DEPARTMENT.sub("MARSEILLE", typed))',
    ): "fold writes small letters.",
    (
        f"{PUBLICATION}:PublicDetail.get_object",
        "record = super().get_object(queryset)",
        "record = super().get_object(None)",
    ): "Django calls it without a queryset.",
    (
        f"{PUBLICATION}:PublicDetail.setup",
        "super().setup(request, *args, **kwargs)",
        "super().setup(request, **kwargs)",
    ): "The arguments of our routes have names.",
    (
        f"{OFFICIAL}/cells.py:encoded_once",
        'return bytes(byte for each in text for byte in windows_bytes(each)).decode("utf-8")',
        'return bytes(byte for each in text for byte in windows_bytes(each)).decode("UTF-8")',
    ): "Two names of one encoding.",
    (
        f"{OFFICIAL}/cells.py:degrees",
        "raise ValueError(text)",
        "raise ValueError(None)",
    ): "Who catches it says a sentence of its own.",
    (
        f"{OFFICIAL}/values.py:label",
        'rest = text[ends[read - 1] :] if read <= len(ends) else ""',
        'rest = text[ends[read - 1] :] if read <= len(ends) else "XXXX"',
    ): "No label is known that has more words once it is folded: this keeps an import from ending on one.",
    (
        f"{OFFICIAL}/values.py:nearest_domain",
        "known: DamerauLevenshtein.distance(domain, known, score_cutoff=SLIPS)",
        "known: DamerauLevenshtein.distance(domain, known, )",
    ): "The distance is compared again below.",
}
