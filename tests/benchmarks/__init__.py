"""What a request costs, measured in one run beside what it is judged against: ``make bench``.

**Candidates.** The directory, its page cache switched off (*not cached*) or on (*cached*, after each address was
asked for twice); *bare*: a WSGI function that returns the same compressed bytes and headers at the same addresses;
*ordinary*: a list of the same records as a Django project of every day has it (``ordinary/``); where installed,
*nginx* with the compressed page as a static file and *Datasette*'s page of the same table, 20 rows and three facets.
All but the last two run under gunicorn with the directory's own configuration (``gunicorn_conf``: its
threads, its log), one worker.

**Data.** Databases made for the run by ``make_sites``: the 53 sites of the directory; the official list of France
Services where ``OFFICIAL_LIST`` names its file; 100,000 sites, 53 of them real. SQLite and a PostgreSQL of its own.

**Load.** wrk, one thread, a few open connections that each ask again as soon as they are answered: the worker is always
busy, so that requests per second are its capacity and p50 and p99 are those of a full server, waiting included. Server
(and PostgreSQL) are bound to one core and the client to another where there are two. Pages that depend on a question
(searches, filters, places, sites) are asked a different one each time, more of them than the directory remembers.
The words of a search are towns where sites stand, and eight that many of the made sites have in common: nearly each
finds something, as it costs less to say that there is nothing.
The search for the nearest desks is also asked *one by one*, over one connection: what a reader waits for, alone. A
round lasts long enough to ask for each address once, up to ``LONGEST_SECONDS``. A page so slow that twenty requests
would need more is asked for one by one, without wrk; one that takes longer than a round by itself, once.

**Noise.** The candidates for a page take turns (A B A B …) and each number is the median of the rounds, of five at
least for what is kept and the bare function. CPU per request, read from ``/proc/<pid>/stat`` of the workers, and of
PostgreSQL's processes beside it, hardly depends on what else the machine does: trust it first.

**Memory** is the worker's resident set after it answered all of the run's requests; **bytes** are those of whole
responses on the wire, headers included. **Queries** are counted in Django's test client, once the process is warm.
There its processor time is taken too, the median of some requests: Python and SQLite, no HTTP, no compression.
"""
