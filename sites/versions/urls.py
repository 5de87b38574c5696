from django.urls import path, re_path
from django.views.decorators.http import require_safe

from sites.versions import views
from sites.versions.feed import VersionFeed

VERSION = r"^donnees/versions/(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/"

urlpatterns = [
    path("donnees/versions/", views.VersionList.as_view(), name="version-list"),
    path("donnees/versions.json", views.version_index, name="version-index"),
    path("donnees/versions/flux.atom", require_safe(VersionFeed()), name="version-feed"),
    re_path(rf"{VERSION}$", views.version, name="version"),
    re_path(rf"{VERSION}pimms\.csv$", views.version, {"name": "pimms.csv"}, name="version-csv"),
    re_path(rf"{VERSION}pimms\.json$", views.version, {"name": "pimms.json"}, name="version-json"),
    re_path(rf"{VERSION}pimms\.geojson$", views.version, {"name": "pimms.geojson"}, name="version-geojson"),
    re_path(rf"{VERSION}changements\.json$", views.version, {"name": "changements.json"}, name="version-changes"),
    re_path(rf"{VERSION}SHA256SUMS$", views.version, {"name": "SHA256SUMS"}, name="version-checksums"),
]
