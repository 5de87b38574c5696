"""``{% load pins %}``: the markers of a map. A page has dozens of them: written here, not by a template each."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sites.maps.maps import Marker

register = template.Library()

ARCH = "M-12 12V0a12 12 0 0 1 24 0v12z"


@register.simple_tag
def pin_shape(text: str, marker: Marker | None = None) -> SafeString:
    """An arch with a number, or with a dot for a single site, and the town of a marker that has room for it."""
    inside = format_html('<text y="7" text-anchor="middle">{}</text>', text) if text else DOT
    town = ""
    if marker and marker.side:
        town = format_html(
            '<text class="pin-town" x="{}" y="{}" text-anchor="{}">{}</text>',
            *(marker.town_x, marker.town_y, marker.side, marker.town),
        )
    return format_html('<g class="pin-shape"><path d="{}"/>{}{}</g>', ARCH, inside, town)


DOT = SafeString('<circle r="4" cy="1"/>')


@register.simple_tag
def pins(markers: Iterable[Marker]) -> SafeString:
    """Each marker as a link."""
    return format_html_join(
        "\n",
        '<a class="pin pin-{}" href="{}" transform="{}"><title>{}</title>{}</a>',
        ((marker.kind, marker.url, marker.place, marker.label, pin_shape(marker.text, marker)) for marker in markers),
    )


@register.simple_tag
def ties(markers: Iterable[Marker]) -> SafeString:
    """The lines from markers that gave way to the very places, under the markers."""
    return format_html_join(
        "\n",
        '<path class="map-tie" d="{}"/><g class="map-spot" transform="{}"><circle r="3"/></g>',
        ((tie, marker.spot) for marker in markers if (tie := marker.tie)),
    )
