"""``/a-quoi-ca-sert/``: what a PIMMS does for people, each sentence with its sources."""
