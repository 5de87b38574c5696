from __future__ import annotations

from django.db.models import Q
from django.utils.text import slugify

from sites.models import Site, SiteAlias

LONGEST = 110  # leaves room for a number


def free_slug(name: str, site: Site | None = None) -> str:
    """``pimms-de-l-huveaune`` for a name; numbered where another site has that address, or once had it."""
    slug = slugify(name.replace("’", " ").replace("'", " "))[:LONGEST].strip("-") or "pimms"
    others = Site.objects.exclude(pk=site.pk) if site else Site.objects.all()
    aliases = SiteAlias.objects.exclude(site=site) if site else SiteAlias.objects.all()
    taken = Q(slug=slug) | Q(slug__startswith=f"{slug}-")
    known = {
        *others.filter(taken).values_list("slug", flat=True),
        *aliases.filter(taken).values_list("slug", flat=True),
    }
    return next(each for each in (slug, *(f"{slug}-{n}" for n in range(2, len(known) + 3))) if each not in known)
