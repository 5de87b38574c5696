"""Makes the icons of the site from the design of static/icon.svg (docs/previews.md)."""

from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw

from sites.share_images.drawing import FINE, PAPER, draw_svg

STATIC = settings.BASE_DIR / "static"
# The least that a launcher shows of a maskable icon is a circle of 80 % of its width.
SAFE = 0.56


def main() -> None:
    sizes = [16, 32, 48]
    largest, *others = (icon(size) for size in reversed(sizes))
    largest.save(STATIC / "favicon.ico", sizes=[(size, size) for size in sizes], append_images=others)
    for size in (192, 512):
        save(icon(size), STATIC / f"icon-{size}.png")
        save(icon(size, SAFE, PAPER), STATIC / f"icon-maskable-{size}.png")
    save(icon(180, 0.68, PAPER), STATIC / "apple-touch-icon.png")  # iOS paints transparency black
    print("favicon.ico, 4 icons and apple-touch-icon.png built.")


def icon(size: int, share: float = 1, ground: str = "") -> Image.Image:
    """The mark, ``share`` of the width of the icon, on a ground or on nothing."""
    # Drawn at once in the colours of the ground, or else smooth edges would carry those of the transparency.
    side = size * FINE * 2
    fine = Image.new("RGBA", (side, side), ground or "#0f4c4a00")
    left = side * (1 - share) / 2
    draw_svg(ImageDraw.Draw(fine), STATIC / "icon.svg", {}, left, left, side * share)
    return fine.reduce(FINE * 2)


def save(image: Image.Image, path: Path) -> None:
    opaque = image.getchannel("A").getextrema() == (255, 255)
    (image.convert("RGB") if opaque else image).save(path, optimize=True)


if __name__ == "__main__":
    main()
