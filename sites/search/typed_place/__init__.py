"""What a reader means by the place they typed: ``"38100"``, ``"st etienne"``, ``"Paris 18e"`` → a ``Place``.

- ``understanding.py``: ``understand``; the readings in the order in which they are tried; which place wins, and what
  the reader is told
- ``words.py``: the words that readings compare
- ``points.py``, ``numbers.py``, ``names.py``, ``territories.py``, ``addresses.py``, ``near_misses.py``: the readings
- ``places.py``: the values that readings give, and the tables of communes by name

``understand`` raises for nothing that was typed.
"""

from sites.search.typed_place.places import LARGEST_FIRST, Place, spellings
from sites.search.typed_place.understanding import Understanding, understand

__all__ = ["LARGEST_FIRST", "Place", "Understanding", "spellings", "understand"]
