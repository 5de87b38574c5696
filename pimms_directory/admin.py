from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class DirectoryAdminSite(admin.AdminSite):
    site_title = _("PIMMS France Services")
    site_header = _("Annuaire des PIMMS France Services")
    index_title = _("Tenue de l’annuaire")
    enable_nav_sidebar = True
