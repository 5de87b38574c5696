"""A list of sites as a Django project of every day has it, over the directory's own tables: a reference.

Kept honest: the idioms of Django's and django-filter's documentation, related records joined and prefetched, the
middleware of a new project and compression. It counts five facets, where the directory also counts the days, and draws
no map.
"""
