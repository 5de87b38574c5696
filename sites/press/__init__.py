"""``/presse/``: what may be quoted and how, with figures, charts and maps that are ready to print."""
