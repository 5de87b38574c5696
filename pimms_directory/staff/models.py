from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pimms_directory.base.logs import client_address, client_network

NAMELESS = 1000  # entries of the log about no account: enough to see that somebody guesses names, and since when
EVERYWHERE = "0.0.0.0"  # noqa: S104  # no client's address: under it attempts on an account from all addresses are counted


def proxies() -> int:
    return settings.PROXY_COUNT if settings.TRUST_PROXY else 0


def lock_address(request: HttpRequest) -> str | None:
    """The client's address, for the lock: of IPv6 the network, in which one machine has addresses without end."""
    client = client_address(request.META, proxies())
    if client and client.version == 6:
        return str(ip_network((client, 64), strict=False).network_address)
    return str(client) if client else None


class FullyCounted(Exception):
    """As many attempts as are allowed were counted already."""


def count_once_more(counter: dict[str, Any], most: int) -> None:
    """In one statement, which databases let happen one after the other. Raises ``FullyCounted``."""
    now = timezone.now()
    AccessAttempt.objects.get_or_create(**counter, user_agent="", defaults={"failures_since_start": 0})
    row = AccessAttempt.objects.filter(**counter, user_agent="", failures_since_start__lt=most)
    if not row.update(failures_since_start=models.F("failures_since_start") + 1, attempt_time=now):
        raise FullyCounted


class LoginEventQuerySet(models.QuerySet["LoginEvent"]):
    def record(self, kind: str, request: HttpRequest, username: str) -> None:
        """Notes what happened, and forgets what is older than ``LOGIN_LOG_DAYS``.

        A name that no account bears is left out: it may be a password, typed into the wrong field. Of such attempts, of
        which anybody can make any number, the last ``NAMELESS`` are kept.
        """
        known = get_user_model()._default_manager.filter(username=username).exists()
        address = client_network(request.META, proxies())
        self.create(kind=kind, username=username if known else "", address=address)
        self.filter(at__lt=timezone.now() - timedelta(days=settings.LOGIN_LOG_DAYS)).delete()
        # Whoever the attempt named, or the time it takes would tell whether the account exists.
        nameless = self.filter(username="").order_by("-at", "-pk").values("pk")
        self.filter(pk__in=nameless[NAMELESS:]).delete()


class Kind(models.TextChoices):
    LOGIN = "login", _("connexion")
    PASSWORD = "password", _("mot de passe accepté, code attendu")
    FAILURE = "failure", _("échec")
    LOCKOUT = "lockout", _("verrouillage")
    UNLOCK = "unlock", _("déverrouillage par un administrateur")
    LOGOUT = "logout", _("déconnexion")
    EXPIRY = "expiry", _("fin de session")
    FACTOR_ON = "factor_on", _("double authentification activée")
    FACTOR_OFF = "factor_off", _("double authentification retirée")
    CHANGED = "changed", _("mot de passe changé")
    SESSIONS = "sessions", _("sessions fermées")
    REFUSED = "refused", _("accès refusé")


class LoginEvent(models.Model):
    Kind = Kind

    at = models.DateTimeField(_("date"), default=timezone.now, db_index=True, editable=False)
    kind = models.CharField(_("événement"), max_length=10, choices=Kind)
    username = models.CharField(_("compte"), max_length=150, blank=True)
    address = models.CharField(_("réseau"), max_length=50, blank=True, help_text=_("Adresse tronquée."))

    objects = LoginEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("événement de connexion")
        verbose_name_plural = _("événements de connexion")
        ordering = ("-at", "-pk")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(name="login_event_of_known_kind", condition=models.Q(kind__in=Kind.values)),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} – {self.username or _('compte inconnu')}"
