"""``/presse/``: what may be quoted and how, the figures of the releases side by side, graphics, pictures, frames."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.views.generic import TemplateView

from labels.models import PressRelease
from sites.exchange.schemas.data_package import LICENCE
from sites.press.graphics import graphics, source_line


class PressPage(TemplateView):
    template_name = "sites/press/press.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            releases=PressRelease.objects.public().prefetch_related("figures").order_by("published_on", "slug"),
            graphics=list(graphics().values()),
            source_line=source_line(),
            licence=LICENCE,
            contact=settings.SITE["press_contact"] or settings.SITE["contact"],
            **kwargs,
        )
