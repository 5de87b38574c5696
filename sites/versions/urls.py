from django.urls import path, re_path
from django.views.decorators.http import require_safe

from sites.versions import views
from sites.versions.feed import VersionFeed

DAY = r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
NAME = r"(?P<name>pimms\.csv|pimms\.json|pimms\.geojson|changements\.json|SHA256SUMS)"

urlpatterns = [
    path("donnees/versions/", views.VersionList.as_view(), name="version-list"),
    path("donnees/versions.json", views.version_index, name="version-index"),
    path("donnees/versions/flux.atom", require_safe(VersionFeed()), name="version-feed"),
    re_path(rf"^donnees/versions/{DAY}/$", views.version, name="version"),
    re_path(rf"^donnees/versions/{DAY}/{NAME}$", views.version, name="version-file"),
]
