"""The least that a WSGI server can be asked to do: known bytes for a known address.

``BARE_PAGES`` names a file written by ``tests.benchmarks.servers.bare``.
"""

import json
import os
from base64 import b64decode
from pathlib import Path

PAGES = {
    path: (status, [(name, value) for name, value in headers], [b64decode(body)])
    for path, (status, headers, body) in json.loads(Path(os.environ["BARE_PAGES"]).read_text()).items()
}


def application(environ, start_response):
    status, headers, body = PAGES[environ["RAW_URI"]]
    start_response(status, headers[:])
    return body
