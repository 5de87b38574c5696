"""A forgotten password, by mail, where a mail server is set. Django's own views; the second factor is asked for after.

Nobody learns which addresses have an account: the answer is the same and comes as fast. Asking is slowed down like the
login: the lock counts each request of an address, and each for a mail address, from wherever it comes.
"""

from threading import Thread
from typing import Any
from unicodedata import normalize

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from pimms_directory.staff.models import EVERYWHERE, FullyCounted, LoginEvent, count_once_more
from pimms_directory.staff.views import locked_out

COUNTED = {"username": "mot de passe oublié"}  # in the lock's table: no account can have this name


class AskForm(PasswordResetForm):
    email = forms.EmailField(
        label=_("Courriel de votre compte"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def clean(self) -> dict[str, Any] | None:
        """Counts and looks up, for a mail address that no account has as well."""
        email = self.cleaned_data.get("email", "")
        self.receivers = [user for user in super().get_users(email) if user.is_staff]
        folded = normalize("NFKC", email).casefold()  # as Django compares them
        counter = {"username": f"{COUNTED['username']} : {folded}"[:255], "ip_address": EVERYWHERE}
        try:
            count_once_more(counter, settings.PASSWORD_MAIL_LIMIT)
        except FullyCounted:
            self.receivers = []
        return super().clean()

    def get_users(self, email: str) -> list[User]:
        return self.receivers

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Aside, even where nothing is sent: a mail server takes its time, which would tell of an account."""
        Thread(target=super().save, args=args, kwargs=kwargs).start()


class WithMail:
    """A page of the admin's door, where mail can be sent."""

    admin_site: admin.AdminSite = admin.site

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.EMAIL_HOST:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        common = self.admin_site.each_context(self.request)  # type: ignore[attr-defined]
        return super().get_context_data(**{**common, **kwargs})  # type: ignore[misc]


class Ask(WithMail, views.PasswordResetView):
    form_class = AskForm
    template_name = "admin/password_forgotten.html"
    email_template_name = "admin/password_forgotten.txt"
    subject_template_name = "admin/password_forgotten_subject.txt"
    success_url = reverse_lazy("admin:password_sent")
    title = _("Mot de passe oublié")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not AxesProxyHandler.is_allowed(request, COUNTED):
            return locked_out(request, HttpResponse())
        user_login_failed.send(__name__, credentials=COUNTED, request=request)
        self.extra_email_context = {"origin": settings.PUBLIC_ORIGIN, "name": settings.SITE_NAME}
        return super().post(request, *args, **kwargs)


class Sent(WithMail, views.PasswordResetDoneView):
    template_name = "admin/password_sent.html"
    title = _("Regardez votre courriel")


class Choose(WithMail, views.PasswordResetConfirmView):
    template_name = "admin/password_new.html"
    success_url = reverse_lazy("admin:login")
    title = _("Un nouveau mot de passe")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        reset(username=form.user.get_username())  # whoever guessed the old password guesses another one now
        LoginEvent.objects.record(LoginEvent.Kind.CHANGED, self.request, form.user.get_username())
        accounts = self.admin_site.get_model_admin(User)
        self.request.user = form.user  # who did it, in the history of the account
        accounts.log_change(self.request, form.user, str(_("Mot de passe oublié : un nouveau, choisi par courriel.")))
        messages.success(self.request, _("Votre mot de passe est changé : connectez-vous."))
        return response
