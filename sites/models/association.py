"""The local associations of the network, which run the sites."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.plain_text import text_is_plain
from pimms_directory.editing.publishing.publication import Publication
from sites.models.fields import BytewiseSlugField, Keyed, KeyedQuerySet


class AssociationQuerySet(KeyedQuerySet["Association"]):
    def public(self) -> AssociationQuerySet:
        """Those that run a site that is published, or was: a link to their page lasts."""
        once_public = (Publication.PUBLISHED, Publication.WITHDRAWN)
        return self.filter(sites__publication__in=once_public, sites__wave__publication__in=once_public).distinct()


class Association(Keyed):
    """The local PIMMS that runs one or several sites."""

    NATURAL_KEY = ("slug",)

    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=100)
    name = models.CharField(_("nom"), max_length=100)

    site_count: int  # of labelled sites: see lookup_tables.py

    objects = AssociationQuerySet.as_manager()

    class Meta:
        verbose_name = _("association")
        verbose_name_plural = _("associations")
        ordering = ("slug",)
        constraints = (text_is_plain("association", "slug", "name"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("association", args=[self.slug])
