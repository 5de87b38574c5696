"""What a request costs, measured in one run beside what it is judged against: ``make bench``.

**Pages.** Home, list, filtered list, search, nearest desks, one site and the CSV file; with the 53 sites of the
directory, with 2,845 (all France Services: the State's list where ``OFFICIAL_LIST`` names its file, else invented
sites) and, on PostgreSQL alone, with 100,000.

**Candidates.** Each stands under gunicorn with the directory's own configuration and one worker.

- *Not kept*: the directory without its page cache, asked one request after the other, for another address each time.
- *Ordinary*: the same list as an everyday Django project has it (``tests/benchmarks/ordinary``), asked likewise.
- *Kept*: the directory with its page cache, one address asked for by wrk over four connections.
- *Bare*: a WSGI function that returns the same bytes and headers, asked like all that follow as *kept* is.
- *Nginx*: the kept page through ``docs/deploy/nginx.conf.template``, whose limits on one client are lifted.
- *Static*: the same compressed bytes as a file of that same nginx.

The nearest desks are never kept: where a reader stands is nobody's business. With 100,000 sites only what is not kept
is measured.

**Judged** is processor time (user and system, of the workers and of PostgreSQL), which depends less than the clock
does on what else the machine is doing. Candidates take turns, A B A B; a ratio is the median of those of the rounds.
p95 is that of all requests, memory the largest resident set of a worker. The CSV file is no page and grows with the
sites: what it takes without the cache is printed and not judged. The server has one core and the client another, where
there are two.
"""
