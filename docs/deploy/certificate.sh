#!/bin/sh
# Makes a certificate of our own at the first start, unless one is there: browsers warn of it. For a real one, put
# fullchain.pem and privkey.pem into the folder that CERTIFICATE_DIR names, then reload nginx.
set -eu
: "${CERTIFICATE_DIR:?}" "${CERTIFICATE_NAME:=localhost}"
[ ! -s "$CERTIFICATE_DIR/fullchain.pem" ] || [ ! -s "$CERTIFICATE_DIR/privkey.pem" ] || exit 0
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 825 \
  -subj "/CN=$CERTIFICATE_NAME" -addext "subjectAltName=DNS:$CERTIFICATE_NAME" \
  -keyout "$CERTIFICATE_DIR/privkey.pem" -out "$CERTIFICATE_DIR/fullchain.pem" 2>/dev/null
echo "Made a certificate for $CERTIFICATE_NAME that nobody has signed."
