"""Keeps the computed columns true after edits; fixtures and imports refresh them in one go."""

from typing import Any

from django.db.models import F, Q
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from labels.models import Wave
from pimms_directory.base.folding import fold
from pimms_directory.editing.history import typed
from pimms_directory.editing.publishing.publication import Publication
from sites.freshness.contact_check import name_source
from sites.models import Association, Commune, CommuneAlias, Department, Notice, OpeningPeriod, Region, Site, SiteAlias
from sites.staff.free_slugs import free_first_slug, free_site_slug


@receiver(pre_save, sender=Commune)
@receiver(pre_save, sender=CommuneAlias)
def fold_commune_name(instance: Commune | CommuneAlias, **kwargs: Any) -> None:
    instance.search_name = fold(instance.name)


@receiver(pre_save, sender=Site)
def remember_stored_site(instance: Site, raw: bool, **kwargs: Any) -> None:
    stored = None if raw else Site.objects.filter(pk=instance.pk).first()
    instance.stored = stored  # type: ignore[attr-defined]
    if not instance.first_slug or (stored and stored.publication == Publication.DRAFT):
        instance.first_slug = free_first_slug(instance)
    if not raw:
        instance.is_public = instance.build_is_public()
    if stored:  # its dates are the database's: an instance may have been read before the hours changed
        instance.added_at, instance.modified_at = stored.added_at, stored.modified_at


@receiver(typed, sender=Site)
def name_the_source(instance: Site, names: set[str], by: Any, **kwargs: Any) -> None:
    name_source(instance, names, by)


@receiver(post_save, sender=Site)
def refresh_site(instance: Site, raw: bool, **kwargs: Any) -> None:
    if raw:
        return
    site = Site.objects.filter(pk=instance.pk)
    stored: Site | None = instance.stored  # type: ignore[attr-defined]
    if stored and stored.slug != instance.slug:
        # A site that takes a former address back needs no redirect from there.
        instance.aliases.filter(slug=instance.slug).delete()
    if stored and (stored.is_public or stored.is_withdrawn):  # of a draft, nobody knows how it was called before
        keep_former(stored, instance)
    columns = [column.attname for column in Site._meta.concrete_fields if column.editable]
    if stored and any(getattr(stored, column) != getattr(instance, column) for column in ("publication", *columns)):
        site.mark_modified()
        if stored.publication == Publication.DRAFT != instance.publication:
            site.update(added_at=F("modified_at"))  # for the public, it is new from here on
        instance.modified_at = site.values_list("modified_at", flat=True).get()
    site.refresh_computed_columns()


def keep_former(former: Site, site: Site) -> None:
    """The address of a renamed site lasts; one that changes its name alone gets an address for the former name, too."""
    if former.slug != site.slug:
        SiteAlias.objects.get_or_create(slug=former.slug, defaults={"site": site, "name": former.name})
    elif fold(former.name) != fold(site.name) and all(
        fold(alias.name) != fold(former.name) for alias in site.aliases.all()
    ):
        SiteAlias.objects.create(site=site, name=former.name, slug=free_site_slug(former.name))


@receiver(pre_save, sender=SiteAlias)
@receiver(pre_save, sender=OpeningPeriod)
@receiver(pre_save, sender=Notice)
def remember_former_site(
    sender: type[SiteAlias | OpeningPeriod | Notice], instance: Any, raw: bool, **kwargs: Any
) -> None:
    """A name, a period or a notice may move to another site: the one that loses it must forget it."""
    stored = sender._default_manager.filter(pk=None if raw else instance.pk)
    instance.former_site_id = stored.values_list("site", flat=True).first()


@receiver(post_save, sender=SiteAlias)
@receiver(post_delete, sender=SiteAlias)
@receiver(post_save, sender=OpeningPeriod)
@receiver(post_delete, sender=OpeningPeriod)
@receiver(post_save, sender=Notice)
@receiver(post_delete, sender=Notice)
def refresh_owner(instance: SiteAlias | OpeningPeriod | Notice, raw: bool = False, **kwargs: Any) -> None:
    if not raw:
        former_site_id = getattr(instance, "former_site_id", None)
        sites = Site.objects.filter(Q(pk=instance.site_id) | Q(pk=former_site_id))
        sites.mark_modified()
        sites.refresh_computed_columns()


@receiver(post_save, sender=Region)
def refresh_region(instance: Region, raw: bool, **kwargs: Any) -> None:
    if not raw:
        Site.objects.filter(department__region=instance).refresh_computed_columns()


@receiver(post_save, sender=Association)
@receiver(post_save, sender=Commune)
@receiver(post_save, sender=Department)
@receiver(post_save, sender=Wave)
def refresh_sites(instance: Association | Commune | Department | Wave, raw: bool, **kwargs: Any) -> None:
    if not raw:
        instance.sites.all().refresh_computed_columns()
