from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from pimms_directory.staff.site import StaffSite


class DirectoryAdminSite(StaffSite):
    site_title = _("PIMMS France Services")
    site_header = _("Annuaire des PIMMS France Services")
    index_title = _("Tenue de l’annuaire")
    enable_nav_sidebar = True
    index_template = "admin/editing/index.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        from sites.staff.worklists import worklists

        return super().index(request, {"work": worklists(request.user), **(extra_context or {})})
