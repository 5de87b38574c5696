"""``python -m pimms_directory.serving`` starts the server: gunicorn, as ``gunicorn_conf.py`` has it.

gunicorn reads variables of its own as soon as it is imported, before any configuration. What it cannot read would be a
traceback, and what it can would pass by our settings in silence.
"""

import os
import sys
from pathlib import Path

from pimms_directory.base import env
from pimms_directory.base.env import rules

env.gather()  # until gunicorn_conf.py has read the others
for name in ("GUNICORN_CMD_ARGS", "FORWARDED_ALLOW_IPS"):
    if name in os.environ:
        said = "HOST, PORT, WEB_CONCURRENCY, WEB_THREADS, TRUST_PROXY and PROXY_COUNT say how the server runs"
        env.refuse(f"{name} is “{os.environ.pop(name)}”: unset it; {said}.", None)
os.environ["WEB_CONCURRENCY"] = str(rules.web_processes())

from gunicorn.app.wsgiapp import run  # noqa: E402  (now that it can read what it reads)

# As the command of that name, which gunicorn starts again by itself to replace itself (SIGUSR2).
command = str(Path(sys.executable).with_name("gunicorn"))
sys.argv = [command, "-c", "python:pimms_directory.serving.gunicorn_conf", "pimms_directory.wsgi"]
run()
