# The web server as an image. Settings come from the environment (docs/configuration.md lists them). Before each new
# version serves, run once against its database, with the same image and settings:
#   sh -c "python manage.py migrate --noinput && python manage.py load_directory --if-empty"
# The root may be read-only; only /tmp is written to. compose.yaml shows all of it together.

# compose.yaml gives it with its digest, as does the `docker build` of docs/operations.md, so that a build is upon known bytes.
# Here stands the tag alone, for machines that have no registry and a Python of their own under that name.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /tmp/
# pip goes when it is done: nothing is installed into a running image.
RUN /venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r /tmp/requirements.txt \
 && /venv/bin/python -m pip uninstall --quiet --yes pip
COPY . /app
WORKDIR /app
# Styles and scripts, named by their content and compressed, need no secret. A read-only root cannot keep
# what Python compiles, so that is done here too.
RUN PIMMS_MODE=local SECRET_KEY=build PIMMS_VAR=/tmp/var STATIC_ROOT=/static \
    /venv/bin/python manage.py collectstatic --noinput \
 && /venv/bin/python -m compileall -q /app

FROM ${PYTHON_IMAGE}
# pg_dump, pg_restore and psql for `manage.py backup` and `restore`: of the server's version or newer.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent pimms \
 && install --directory --owner 10001 --mode 700 /backups
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
# MALLOC_…: glibc keeps less memory for threads, and gives back what large answers took.
# docker build --build-arg PIMMS_VERSION=$(git describe --always --tags) …: what /healthz and backups name.
ARG PIMMS_VERSION=
ENV PATH=/venv/bin:$PATH \
    PIMMS_VERSION=$PIMMS_VERSION \
    BACKUP_DIR=/backups \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIMMS_MODE=production \
    PIMMS_VAR=/tmp \
    STATIC_ROOT=/static \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "-m", "pimms_directory.serving"]
