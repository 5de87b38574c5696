"""Regions and departments, as the INSEE codes them."""

from __future__ import annotations

from functools import lru_cache

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.languages import current
from pimms_directory.base.plain_text import text_is_plain
from sites.models.fields import BytewiseSlugField, Keyed, KeyedQuerySet


# Territories have a page in French alone: elsewhere the list of their PIMMS takes its place.
@lru_cache
def list_address(language: str | None) -> str:
    return reverse("site-list")


class Region(Keyed):
    NATURAL_KEY = ("code",)

    code = models.CharField(
        _("code INSEE"),
        max_length=2,
        unique=True,
        validators=[RegexValidator(r"^\d{2}\Z", _("Un code de région a deux chiffres, comme 84."))],
    )
    name = models.CharField(_("nom"), max_length=60)
    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=60)

    site_count: int  # of labelled sites: see lookup_tables.py

    objects = KeyedQuerySet["Region"].as_manager()

    class Meta:
        verbose_name = _("région")
        verbose_name_plural = _("régions")
        ordering = ("slug",)
        constraints = (text_is_plain("region", "code", "name", "slug"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        if not current().is_french:
            return f"{list_address(get_language())}?region={self.slug}"
        return reverse("region", args=[self.slug])


@lru_cache(200)
def department_address(code: str, slug: str) -> str:
    """Of its page: a map writes a hundred of them."""
    return reverse("department", args=[code, slug])


class Department(Keyed):
    NATURAL_KEY = ("code",)

    # Part of addresses: see DEPARTMENT in sites/urls.py.
    code = models.CharField(
        _("code INSEE"),
        max_length=3,
        unique=True,
        validators=[RegexValidator(r"^\d[\dAB]\d?\Z", _("Un code de département s’écrit comme 38, 2A ou 971."))],
    )
    name = models.CharField(_("nom"), max_length=60)
    slug = BytewiseSlugField(_("adresse"), unique=True, max_length=60)
    region = models.ForeignKey(Region, verbose_name=_("région"), on_delete=models.PROTECT, related_name="departments")
    neighbours = models.ManyToManyField(
        "self",
        verbose_name=_("départements limitrophes"),
        blank=True,
        help_text=_("Ceux avec qui il partage une frontière terrestre."),
    )

    site_count: int  # of labelled sites: see lookup_tables.py

    objects = KeyedQuerySet["Department"].as_manager()

    class Meta:
        verbose_name = _("département")
        verbose_name_plural = _("départements")
        ordering = ("slug",)
        constraints = (text_is_plain("department", "code", "name", "slug"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def get_absolute_url(self) -> str:
        if not current().is_french:
            return f"{list_address(get_language())}?departement={self.code}"
        return department_address(self.code, self.slug)

    @property
    def is_beyond_the_sea(self) -> bool:
        """Overseas or Corsica: no land border leads to the rest."""
        return len(self.code) == 3 or self.code in ("2A", "2B")
