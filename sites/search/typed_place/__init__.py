"""What a reader means by the place they typed: ``"38100"``, ``"st etienne"``, ``"Paris 18e"`` → a ``Place``.

- ``understanding.py``: ``understand``; the readings in the order in which they are tried; which place wins, and what
  the reader is told
- ``numbers.py``, ``names.py``: the readings themselves
- ``places.py``: the values that readings give, and the tables of communes and territories by name
- ``near_misses.py``: what to offer where nothing was understood

``understand`` raises for nothing that was typed.
"""

from sites.search.typed_place.places import LARGEST_FIRST, Place, spellings
from sites.search.typed_place.understanding import Understanding, understand

__all__ = ["LARGEST_FIRST", "Place", "Understanding", "spellings", "understand"]
