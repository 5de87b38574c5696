"""Addresses made of names: ``pimms-coeur-de-l-huveaune``."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import slugify

from pimms_directory.base.folding import fold
from sites.models import Site, SiteAlias

LONGEST = 110  # leaves room for a number


def free_slug(name: str, *records: QuerySet[Any], longest: int = LONGEST) -> str:
    """The address made of a name; numbered where one of these stored records has it."""
    slug = slugify(fold(name))[:longest].strip("-") or "pimms"
    near = Q(slug=slug) | Q(slug__startswith=f"{slug}-")
    known = {each for some in records for each in some.filter(near).values_list("slug", flat=True)}
    return next(each for each in (slug, *(f"{slug}-{n}" for n in range(2, len(known) + 3))) if each not in known)


def free_site_slug(name: str, site: Site | None = None) -> str:
    """An address that no other site has, or once had."""
    others = Site.objects.exclude(pk=site.pk) if site else Site.objects.all()
    return free_slug(name, others, SiteAlias.objects.exclude(site=site))


def free_first_slug(site: Site) -> str:
    """The slug of a new site as its identifier for ever, numbered where it is another's: a renamed site keeps its own
    even when staff give its former address away."""
    near = Site.objects.exclude(pk=site.pk).filter(first_slug__startswith=site.slug)
    known = set(near.values_list("first_slug", flat=True))
    numbered = (f"{site.slug[:LONGEST]}-{n}" for n in range(2, len(known) + 3))
    return next(each for each in (site.slug, *numbered) if each not in known)
