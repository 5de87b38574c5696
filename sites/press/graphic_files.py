"""``/presse/<name>.svg`` and ``.png``: a graphic as a drawing, and as a picture of twice its size."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from sites.exchange.answers import answer
from sites.press.graphics import MARGIN, Graphic, graphics
from sites.share_images.typography import FONTS

ZOOM = 2


def found(name: str) -> Graphic:
    try:
        return graphics()[name]
    except KeyError:
        raise Http404 from None


def drawn(graphic: Graphic) -> str:
    sizes = {"margin": MARGIN, "drawing": graphic.drawing.template}
    return render_to_string("sites/press/graphic.svg", {"graphic": graphic, **sizes, **graphic.drawing.values})


@require_safe
def svg(request: HttpRequest, name: str) -> HttpResponseBase:
    text = drawn(found(name))
    return answer(request, lambda file: file.write(text.encode()), "image/svg+xml; charset=utf-8", f"{name}.svg")


@require_safe
def png(request: HttpRequest, name: str) -> HttpResponseBase:
    import resvg_py  # 4 MB, for these pictures alone

    text = drawn(found(name))
    # The fonts of ours alone: the same picture on every machine.
    picture = resvg_py.svg_to_bytes(svg_string=text, zoom=ZOOM, font_dirs=[str(FONTS)], skip_system_fonts=True)
    return answer(request, lambda file: file.write(bytes(picture)), "image/png", f"{name}.png")
