"""What a site, a wave or a release lacks, or seems to have wrong, before the public reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labels.models import PressRelease, Wave
from pimms_directory.base import phones
from pimms_directory.base.folding import fold
from pimms_directory.base.templatetags.french import after_de, french_date
from pimms_directory.editing.publishing.publication import Problem, checks
from sites.freshness.contact_check import STAFF
from sites.models import Site
from sites.models.communes import department_problem
from sites.models.distance import distance_km
from sites.models.site import FARTHEST_IN_COMMUNE_KM
from sites.models.site_queries import SiteQuerySet
from sites.staff.due import is_too_old
from sites.staff.official_list.values import FREE_MAIL, names_a_person, note

# The directory has the centre of each commune, not its outline. A commune of average size reaches 2.3 km from its
# centre (15 km²); from this distance on, a point is doubtful, and from FARTHEST_IN_COMMUNE_KM on it is refused.
DOUBTFUL_KM = 7
EARLY, LATE = time(7), time(21)


def with_checked(sites: SiteQuerySet) -> SiteQuerySet:
    """With all that ``site_problems()`` reads, in four queries."""
    return sites.with_place().with_hours().prefetch_related("commune__postcodes")


@checks(Site)
def site_problems(site: Site) -> Iterator[Problem]:
    if not site.wave.is_public:
        yield Problem(
            _("La vague « %(wave)s » n’est pas publiée : publiez-la d’abord.") % {"wave": site.wave}, blocking=True
        )
    yield from place_problems(site)
    yield from hours_problems(site)
    yield from contact_problems(site)
    yield from personal_problems(site)
    yield from name_problems(site)
    yield from freshness_problems(site)


def place_problems(site: Site) -> Iterator[Problem]:
    if not site.is_fixed:
        if not site.base:
            yield Problem(_("Ni guichet ni point d’attache : on ne saura pas d’où part cette équipe."))
        return
    if site.commune is None:
        yield Problem(_("Un lieu fixe est dans une commune, et aucune n’est donnée."), blocking=True)
        return
    name = site.commune.short_name
    names = {"commune": name, "of_commune": after_de(name), "postcode": site.postcode}
    if sentence := department_problem(site.commune, site.department):
        yield Problem(sentence, blocking=True)
    if not site.address:
        yield Problem(_("Aucune adresse postale."))
    if not site.postcode:
        yield Problem(_("Aucun code postal."))
    else:
        known = sorted({postcode.code for postcode in site.commune.postcodes.all()})
        if known and site.postcode not in known:
            said = _("Le code postal %(postcode)s n’est pas celui %(of_commune)s (%(known)s).")
            yield Problem(said % {**names, "known": ", ".join(known)})
    if site.point is None:
        yield Problem(_("Aucune position : la carte montrera le centre de la commune."))
    elif centre := site.commune.centre:
        kilometres = distance_km(site.point, centre)
        if kilometres > DOUBTFUL_KM:
            text = _("Le point est à %(distance)d km du centre %(of_commune)s : sans doute hors de la commune.")
            yield Problem(text % {**names, "distance": kilometres}, blocking=kilometres > FARTHEST_IN_COMMUNE_KM)


def hours_problems(site: Site) -> Iterator[Problem]:
    periods = sorted(site.opening_periods.all(), key=lambda period: (period.weekday, period.opens))
    if not periods and site.is_fixed:
        yield Problem(_("Aucun horaire."))
    for period in periods:
        if period.opens < EARLY or period.closes > LATE:
            yield Problem(_("Horaire inhabituel : %(period)s.") % {"period": period})


def contact_problems(site: Site) -> Iterator[Problem]:
    if not site.phone and not site.email:
        yield Problem(_("Ni téléphone ni courriel."))
    if not site.contact_source:
        yield Problem(_("Aucune source pour les coordonnées et les horaires."))
    elif site.contact_checked_on is None:
        yield Problem(_("La date de vérification des coordonnées manque."))


def source_problems(site: Site) -> Iterator[Problem]:
    """For the list of what is to be done alone: a correction is saved without asking for it."""
    if site.contact_source == STAFF:
        yield Problem(_("Coordonnées ou horaires modifiés par la rédaction : dites d’où vous les tenez."))


def personal_problems(site: Site) -> Iterator[Problem]:
    """What may be a person's own, as the import of the official list doubts it."""
    if phones.is_mobile(site.phone):
        yield Problem(
            _("Le téléphone %(phone)s est un mobile, peut-être celui d’une personne.") % {"phone": site.phone}
        )
    mailbox, _at, domain = site.email.lower().rpartition("@")
    around = (site.name, site.association.name, site.official_name, str(site.commune or ""), site.department.name)
    if domain in FREE_MAIL:
        text = _("Le courriel %(email)s est d’une messagerie grand public, peut-être celle d’une personne.")
        yield Problem(text % {"email": site.email})
    elif names_a_person(mailbox, around):
        yield Problem(_("Le courriel %(email)s semble nominatif (prénom et nom).") % {"email": site.email})
    if note(site.access_note).personal:
        text = _("La précision « %(note)s » contient un numéro de mobile ou une adresse de courriel.")
        yield Problem(text % {"note": site.access_note})


def name_problems(site: Site) -> Iterator[Problem]:
    """Costs a query."""
    near = Site.objects.exclude(pk=site.pk).filter(search_text__contains=f" {fold(site.name)} ")
    for other in near.select_related("commune__department", "department"):
        if fold(other.name) == fold(site.name):
            names = {"name": site.name, "place": other.commune or other.department}
            yield Problem(_("Un autre site s’appelle déjà « %(name)s » (%(place)s).") % names)


def freshness_problems(site: Site) -> Iterator[Problem]:
    if is_too_old(site):
        text = ngettext(
            "Coordonnées à confirmer : elles ont plus de %d jour.",
            "Coordonnées à confirmer : elles ont plus de %d jours.",
            settings.RECORD_MAX_AGE_DAYS,
        )
        yield Problem(text % settings.RECORD_MAX_AGE_DAYS, of_age=True)


@checks(Wave)
def wave_problems(wave: Wave) -> Iterator[Problem]:
    if wave.effective_on > timezone.localdate():
        text = _("Label effectif le %(day)s : d’ici là, ses sites ont une page et ne comptent pas comme labellisés.")
        yield Problem(text % {"day": french_date(wave.effective_on)})
    if wave.release and not wave.release.is_public:
        text = _("Le communiqué « %(release)s » n’est pas publié : la vague paraîtra sans lui.")
        yield Problem(text % {"release": wave.release})
    if not wave.sites.exists():
        yield Problem(_("Aucun site dans cette vague."))


@checks(PressRelease)
def release_problems(release: PressRelease) -> Iterator[Problem]:
    if release.published_on > timezone.localdate():
        text = _("Daté du %(day)s, qui est à venir : à publier ce jour-là.")
        yield Problem(text % {"day": french_date(release.published_on)}, blocking=True)
    if not release.source_url:
        yield Problem(_("Aucune adresse pour lire le communiqué d’origine."))
    if not release.figures.exists():
        yield Problem(_("Aucun chiffre clé."))
    if not release.listings.exists():
        yield Problem(_("Aucune ligne : la liste imprimée n’est pas encore saisie."))
