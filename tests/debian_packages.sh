#!/bin/bash
# Makes sure that the given Debian packages are there: tests/debian_packages.sh chromium postgresql
# Asks for the commands, not for the packages, so that other ways to install them count too.
set -euo pipefail

present() {
  case $1 in
    chromium) test -x /usr/bin/chromium ;;
    firefox-esr) test -x /usr/bin/firefox-esr ;;
    nginx) command -v nginx || test -x /usr/sbin/nginx ;;
    default-jre-headless) command -v java ;;
    postgresql) command -v pg_ctl || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' ;;
    gettext) command -v xgettext ;;
    wrk) command -v wrk ;;
    faketime) compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' ;;
    python3-venv) "${PYTHON:-python3}" -c 'import ensurepip' ;;
    *) echo "$0 does not know how to look for $1" >&2; exit 2 ;;
  esac >/dev/null 2>&1
}

missing=()
for package; do present "$package" || missing+=("$package"); done
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install --yes --no-install-recommends "${missing[@]}")
if ! command -v apt-get >/dev/null; then
  echo "Missing: ${missing[*]} (names of Debian packages). Install them, then start again." >&2
  exit 1
elif [ "$(id -u)" = 0 ]; then
  root=(env DEBIAN_FRONTEND=noninteractive)
elif sudo -n true 2>/dev/null; then
  root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
else
  echo "Missing: ${missing[*]}. Type this, then start again:" >&2
  echo "  sudo apt-get update && sudo ${install[*]}" >&2
  exit 1
fi

echo "Installing ${missing[*]}"
"${root[@]}" apt-get update -qq
"${root[@]}" "${install[@]}" >/dev/null
for package in "${missing[@]}"; do
  present "$package" || { echo "$package is installed, but its command is not found." >&2; exit 1; }
done
