#!/bin/sh
# At the first start of PostgreSQL in compose.yaml. The account of the application owns its database and is no superuser,
# who could read files of the server and run programs there; the superuser enters through the container's socket alone.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" \
  --set superuser="$POSTGRES_USER" <<'SQL'
CREATE ROLE pimms LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE pimms OWNER pimms;
ALTER ROLE :"superuser" PASSWORD NULL;
SQL
