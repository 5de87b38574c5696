from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from pimms_directory.staff.site import StaffSite
from sites.staff.to_do import to_do_lists


class DirectoryAdminSite(StaffSite):
    site_title = settings.SITE_SHORT_NAME
    site_header = settings.SITE_NAME
    index_title = _("Tenue de l’annuaire")
    enable_nav_sidebar = True
    index_template = "admin/editing/index.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"work": to_do_lists(request.user), **(extra_context or {})})
