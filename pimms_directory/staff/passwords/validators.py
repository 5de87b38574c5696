"""What no password may be. Of which characters it is made, and how often it is changed, is nobody's business:
NIST SP 800-63B, 5.1.1.2."""

import re
import unicodedata
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Passwords of leaks with as many characters as ours must have (tests/builders/leaked_passwords.py).
LEAKED = Path(__file__).parent / "leaked-passwords.txt.gz"
# What this site, its subject and its staff are called: listed in docs/security.md.
OWN_WORDS = (
    *("pimms", "mediation", "france", "services", "service", "label", "annuaire", "directory", "union", "nationale"),
    *("admin", "administration", "redaction", "presse", "staff", "password", "motdepasse"),
)
ENOUGH = 8  # letters that must be left once those words, digits and signs are taken out


class KnownPasswordValidator(CommonPasswordValidator):
    def __init__(self) -> None:
        super().__init__(password_list_path=LEAKED)


class OwnWordsValidator:
    """Refuses ``Pimms-France-Services-2026!``: what who knows the site would try first."""

    words = re.compile("|".join(sorted(OWN_WORDS, key=len, reverse=True)))

    def validate(self, password: str, user: Any = None) -> None:
        letters = re.sub("[^a-z]", "", unicodedata.normalize("NFKD", password.lower()))
        if self.words.search(letters) and len(self.words.sub("", letters)) < ENOUGH:
            raise ValidationError(
                _("Ce mot de passe est fait de mots que ce site emploie : ajoutez-en d’autres."), code="own_words"
            )

    def get_help_text(self) -> str:
        return _("Votre mot de passe ne peut pas être fait des seuls mots que ce site emploie, comme « pimms ».")
