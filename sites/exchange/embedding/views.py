"""The page that builds the code to embed, the embedded pages, which alone may be framed, and oEmbed."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.generic import TemplateView, View

from pimms_directory.base.addresses import moved_to
from sites.exchange.answers import answer_json
from sites.exchange.embedding import embeddable
from sites.exchange.problems import ParameterProblem, parameter_problem, refusal
from sites.exchange.records.public_records import public_record
from sites.models import Site
from sites.models.lookup_tables import lookup_tables
from sites.pages.label_count import releases_naming, years_of
from sites.pages.site_summary import sites_of, summary_of


class NamedValuesForm(forms.Form):
    """Names in a sentence each field and value that it does not take."""

    hints: dict[str, Any]

    def problem(self, name: str) -> ParameterProblem:
        return parameter_problem(name, self.data.get(name, ""), self.hints[name], str(self.fields[name].label))

    @property
    def problems(self) -> list[ParameterProblem]:
        return [self.problem(name) for name in self.errors]


# The page that builds the code


class EmbedForm(NamedValuesForm):
    fiche = forms.CharField(label=_("Que voulez-vous intégrer ?"), required=False, max_length=500)
    hauteur = forms.IntegerField(
        label=_("Hauteur, en pixels"), required=False, min_value=embeddable.LOWEST, max_value=embeddable.HIGHEST
    )
    hints = {
        "fiche": _("choisissez une région, un département, une vague, une association ou un PIMMS"),
        "hauteur": _("écrivez un nombre entier de pixels, de 200 à 1200"),
    }

    def clean_fiche(self) -> embeddable.Embeddable | None:
        """The record of a path, or of the whole address as a browser shows it."""
        address = self.cleaned_data["fiche"]
        if not address:
            return None
        try:
            path = address if address.startswith("/") else embeddable.path_at(address)
        except ValueError:
            path = None
        record = embeddable.record_at(path) if path else None
        if record is None:
            raise forms.ValidationError("unknown")
        return record


@method_decorator(csp_update({"frame-src": [SELF]}), name="dispatch")  # the preview
class EmbedBuilder(TemplateView):
    template_name = "sites/exchange/embed.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = EmbedForm(self.request.GET)
        form.full_clean()
        record = form.cleaned_data.get("fiche")
        height = form.cleaned_data.get("hauteur") or embeddable.HEIGHT
        root = settings.PUBLIC_ORIGIN
        return super().get_context_data(
            groups=embeddable.choices_with(record),
            all_sites=lookup_tables().public_sites <= embeddable.MOST_CHOICES,
            problems=[problem["detail"] for problem in form.problems],
            form=form,
            height=height,
            lowest=embeddable.LOWEST,
            highest=embeddable.HIGHEST,
            chosen=record and record.get_absolute_url(),
            title=record and embeddable.title_of(record),
            framed=record and embeddable.embedded_path(record),
            code=record and embeddable.code(record, root, height),
            root=root,
            **kwargs,
        )


# Embedded pages


@method_decorator([xframe_options_exempt, csp_replace({"frame-ancestors": None})], name="dispatch")
class EmbeddedRecord(TemplateView):
    """A record for the frame of another site, a saved file included. Every other page refuses to be framed."""

    route = ""  # of the full page

    def get(self, request: HttpRequest, *args: Any, **kwargs: str) -> HttpResponse:
        record = public_record(self.route, **kwargs)
        if request.path != (address := embeddable.embedded_path(record)):
            return moved_to(request, address)
        return self.render_to_response(self.get_context_data(record=record))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record = kwargs["record"]
        return super().get_context_data(
            title=embeddable.title_of(record), full_page=settings.PUBLIC_ORIGIN + record.get_absolute_url(), **kwargs
        )


class EmbeddedSite(EmbeddedRecord):
    template_name = "sites/exchange/embedded_site.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site: Site = kwargs["record"]
        return super().get_context_data(
            site=site,
            today=site.today,
            checked=site.contact_checked_on,
            release_years=years_of(releases_naming(Site.objects.filter(pk=site.pk))),
            **kwargs,
        )


class EmbeddedList(EmbeddedRecord):
    template_name = "sites/exchange/embedded_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record = kwargs["record"]
        return super().get_context_data(
            summary=summary_of(record, lookup_tables()),
            release_years=years_of(releases_naming(sites_of(record))),
            **kwargs,
        )


class EmbeddedRelease(EmbeddedRecord):
    template_name = "sites/exchange/embedded_release.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(figures=kwargs["record"].figures.filter(concerns_wave=True), **kwargs)


# oEmbed


class OEmbedForm(NamedValuesForm):
    url = forms.CharField(label="url", max_length=2000)
    maxwidth = forms.IntegerField(label="maxwidth", required=False, min_value=1)
    maxheight = forms.IntegerField(label="maxheight", required=False, min_value=1)
    hints = {
        "url": _("écrivez l’adresse d’une page de l’annuaire, avec http:// ou https://"),
        "maxwidth": _("écrivez un nombre entier de pixels, 1 au moins"),
        "maxheight": _("écrivez un nombre entier de pixels, 1 au moins"),
    }

    def clean_url(self) -> str:
        try:
            embeddable.path_at(self.cleaned_data["url"])
        except ValueError as error:
            raise forms.ValidationError("no web address") from error
        return self.cleaned_data["url"]


class OEmbed(View):
    """``/oembed.json?url=``: oEmbed 1.0, in JSON alone."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.GET.get("format") or "json"
        if asked != "json":
            return refusal(501, [parameter_problem("format", asked, gettext("seul « json » existe ici"))])
        form = OEmbedForm(request.GET)
        if not form.is_valid():
            return refusal(400, form.problems)
        values, root = form.cleaned_data, settings.PUBLIC_ORIGIN
        path = embeddable.path_at(values["url"])
        record = embeddable.record_at(path) if path else None
        if record is None:
            hint = gettext("aucune page de l’annuaire à intégrer n’est à cette adresse")
            return refusal(404, [parameter_problem("url", values["url"], hint)])
        return answer_json(request, embeddable.oembed(record, root, values["maxwidth"], values["maxheight"]))
