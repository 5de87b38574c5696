"""Keeps the folded columns true after edits. Fixtures and bulk imports refresh them in one go instead."""

from typing import Any

from django.db.models import Q
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from sites.folding import fold
from sites.models import Association, Commune, CommuneAlias, Department, Region, Site, SiteAlias


@receiver(pre_save, sender=Commune)
@receiver(pre_save, sender=CommuneAlias)
def fold_commune_name(instance: Commune | CommuneAlias, **kwargs: Any) -> None:
    instance.search_name = fold(instance.name)


@receiver(post_save, sender=Site)
def refresh_site(instance: Site, raw: bool, **kwargs: Any) -> None:
    if not raw:
        Site.objects.filter(pk=instance.pk).refresh_derived()


@receiver(pre_save, sender=SiteAlias)
def remember_former_site(instance: SiteAlias, raw: bool, **kwargs: Any) -> None:
    """An alias may move to another site: the one that loses it must forget the name."""
    stored = SiteAlias.objects.filter(pk=instance.pk) if not raw else SiteAlias.objects.none()
    instance.former_site_id = stored.values_list("site", flat=True).first()  # type: ignore[attr-defined]


@receiver(post_save, sender=SiteAlias)
@receiver(post_delete, sender=SiteAlias)
def refresh_alias(instance: SiteAlias, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        former_site_id = getattr(instance, "former_site_id", None)
        Site.objects.filter(Q(pk=instance.site_id) | Q(pk=former_site_id)).refresh_derived()


@receiver(post_save, sender=Region)
def refresh_region(instance: Region, raw: bool, **kwargs: Any) -> None:
    if not raw:
        Site.objects.filter(department__region=instance).refresh_derived()


@receiver(post_save, sender=Association)
@receiver(post_save, sender=Commune)
@receiver(post_save, sender=Department)
def refresh_sites(instance: Association | Commune | Department, raw: bool, **kwargs: Any) -> None:
    if not raw:
        instance.sites.all().refresh_derived()
