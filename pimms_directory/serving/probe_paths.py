"""Addresses that machines ask every few seconds; answered before the routes are asked, and left out of the access log."""

HEALTH, READY, METRICS = PROBES = ("/healthz", "/readyz", "/metrics")
