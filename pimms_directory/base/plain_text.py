"""Text that every format of ours can carry, and that reads as it is written.

XML 1.0, and so every feed, has no place for most control characters (section 2.2); bidirectional overrides show letters
in another order than they have. Accents are composed (Unicode's form NFC), however a keyboard or a file sends them, and
what has no width and no meaning in French is left out: two names that read alike are alike.
"""

import re
from collections.abc import Collection
from typing import Any
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

# Understood by Python and by PostgreSQL. NUL is missing: PostgreSQL knows none, and Django's fields of forms refuse it.
# U+FFFD stands where letters were lost.
FORBIDDEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffd-\uffff]"
# The same for SQLite, which has no regular expressions of its own.
RANGES = ((1, 8), (11, 12), (14, 31), (127, 159), (0x202A, 0x202E), (0x2066, 0x2069), (0xFFFD, 0xFFFD))
# Soft hyphens, spaces, joints, operators, annotations and tags without width. Those that Arabic and emoji are written
# with stay.
NO_WIDTH = re.compile("[\u00ad\u034f\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
GLOB = " || ".join(["'*['", *(f"char({first}) || '-' || char({last})" for first, last in RANGES), "']*'"])


def plain(text: str) -> str:
    """Raises ``ValidationError`` where a character has no place in text."""
    if found := re.search(FORBIDDEN, text):
        said = {"code": f"{ord(found[0]):04X}", "before": text[max(0, found.start() - 20) : found.start()]}
        raise ValidationError(_t("Un caractère invisible (U+%(code)s) suit « %(before)s » : retapez ce texte.") % said)
    if NO_WIDTH.search(text):
        text = NO_WIDTH.sub("", text).strip()
    return normalize("NFC", text)


def refuse_unless_plain(text: str) -> None:
    """For fields of forms."""
    plain(text)


@models.CharField.register_lookup
@models.TextField.register_lookup
class IsPlain(models.Lookup):
    """``Q(name__is_plain=True)``"""

    lookup_name = "is_plain"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} !~ %s", [*values, FORBIDDEN]

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, values = self.process_lhs(compiler, connection)
        # GLOB reads no further than a NUL.
        return f"({column} NOT GLOB {GLOB} AND instr({column}, char(0)) = 0)", [*values, *values]


def text_is_plain(model: str, *columns: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{model}_text_is_plain",
        condition=models.Q(**{f"{column}__is_plain": True for column in columns}),
        violation_error_message=_("Un caractère invisible n’a pas sa place dans un texte."),
    )


class PlainText(models.Model):
    """A record whose texts are plain: its model says of which columns the database sees to it, too."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        problems: dict[str, list[ValidationError]] = {}
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
            if isinstance(value, str) and isinstance(field, models.CharField | models.TextField):
                try:
                    setattr(self, field.attname, plain(value))
                except ValidationError as error:
                    problems[field.name] = [error]
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            error.update_error_dict(problems)
        if problems:
            raise ValidationError({name: errors for name, errors in problems.items() if name not in (exclude or ())})
