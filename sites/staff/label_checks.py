"""What a wave or a release lacks before the public reads it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from labels.models import PressRelease, Wave
from pimms_directory.editing.publication import Problem, checks


@checks(Wave)
def wave_problems(wave: Wave) -> Iterator[Problem]:
    if wave.release and not wave.release.is_public:
        yield Problem(
            _("Le communiqué « %(release)s » n’est pas publié : la vague paraîtra sans lui.")
            % {"release": wave.release}
        )
    if not wave.sites.exists():
        yield Problem(_("Aucun site dans cette vague."))


@checks(PressRelease)
def release_problems(release: PressRelease) -> Iterator[Problem]:
    if not release.source_url:
        yield Problem(_("Aucune adresse pour lire le communiqué d’origine."))
    if not release.figures.exists():
        yield Problem(_("Aucun chiffre clé."))
    if not release.listings.exists():
        yield Problem(_("Aucune ligne : la liste imprimée n’est pas encore saisie."))
