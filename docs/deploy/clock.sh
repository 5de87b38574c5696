#!/bin/sh
# Beside nginx, under its account: forgets the pages that it keeps when the clock is put back. nginx answers with a kept
# page until the second in which it was made is over: of a clock that was an hour ahead, that is in an hour.
set -eu
: "${RUN_DIR:?}" "${PAGES_DIR:?}"
if [ "${1:-}" != watch ]; then # as the image of nginx starts it
  setpriv --reuid nginx --regid nginx --clear-groups "$0" watch &
  exit 0
fi

ahead() { # of the seconds since the machine started, which nobody puts back
  read -r up _ </proc/uptime
  echo $(($(date +%s) - ${up%.*}))
}

last=$(ahead)
again=0
while sleep 1; do
  now=$(ahead)
  if [ "$now" -lt $((last - 1)) ]; then
    echo "The clock was put back by $((last - now)) s: the pages that nginx keeps are forgotten."
    again=3 # seconds: an answer may have been on its way
  fi
  if [ "$again" -gt 0 ]; then
    find "$PAGES_DIR" "$RUN_DIR/searches" -type f -delete || true # nginx may be faster
    again=$((again - 1))
  fi
  last=$now
done
