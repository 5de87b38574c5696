"""``python -m pimms_directory.serving`` starts the server: gunicorn, as ``gunicorn_conf.py`` has it.

gunicorn reads variables of its own as soon as it is imported, before any configuration. What it cannot read would be a
traceback, and what it can would pass by our settings in silence.
"""

import os
import runpy
import sys

from pimms_directory.base import env
from pimms_directory.base.env import rules

env.gather()  # until gunicorn_conf.py has read the others
for name in ("GUNICORN_CMD_ARGS", "FORWARDED_ALLOW_IPS"):
    if name in os.environ:
        said = "HOST, PORT, WEB_CONCURRENCY, WEB_THREADS, TRUST_PROXY and PROXY_COUNT say how the server runs"
        env.refuse(f"{name} is “{os.environ.pop(name)}”: unset it; {said}.", None)
os.environ["WEB_CONCURRENCY"] = str(rules.web_processes())

sys.argv[1:] = ["-c", "python:pimms_directory.serving.gunicorn_conf", "pimms_directory.wsgi"]
runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)
