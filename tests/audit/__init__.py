"""What tools that others trust find on the directory: ``make audit`` writes their figures into ``docs/audit.md``.

Each part is a module here with ``TITLE`` and ``run(origin) -> Section``; the section bears the module's name.
A part may say with ``SERVED`` which server it is to be given:

- ``"locally"`` (unless said): one process with SQLite at ``http://127.0.0.1:…``, as ``make run`` starts it;
- ``"as in production"``: PostgreSQL, two replicas and nginx with TLS, which answer at ``https://127.0.0.1:…`` for the
  host ``tests.cluster.topology.HOST``, with a certificate that nobody has signed;
- ``None``: none; the origin is then empty.
"""
