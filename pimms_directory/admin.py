from django.utils.translation import gettext_lazy as _

from pimms_directory.staff.site import StaffSite


class DirectoryAdminSite(StaffSite):
    site_title = _("PIMMS France Services")
    site_header = _("Annuaire des PIMMS France Services")
    index_title = _("Tenue de l’annuaire")
    enable_nav_sidebar = True
