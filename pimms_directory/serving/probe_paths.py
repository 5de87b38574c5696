"""Addresses that machines ask every few seconds: answered before the routes are asked, and not in the access log."""

HEALTH, READY, METRICS = PROBES = ("/healthz", "/readyz", "/metrics")
