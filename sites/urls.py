from django.urls import path, re_path
from django.views.decorators.http import require_safe

from sites.exchange.citing.views import citation_file
from sites.exchange.data_page import DataPage
from sites.exchange.downloads import views as downloads
from sites.exchange.embedding import views as embed_views
from sites.exchange.feeds import DirectoryFeed, TerritoryFeed
from sites.exchange.records import views as records
from sites.exchange.schemas import views as schemas
from sites.offline import views as offline_views
from sites.pages import association_pages, label_pages, site_detail, site_list, territory_pages
from sites.pages.help.page import Help
from sites.press import graphic_files
from sites.press.page import PressPage
from sites.search.suggestions import CommuneSuggestions
from sites.share_images.views import Picture
from sites.versions.models import newest_day

DEPARTMENT = r"departements/(?P<code>\d[\dABab]\d?)-(?P<slug>[a-z0-9-]+)"
# Beside the page of a record: how to quote it.
CITATION = r"(?P<ending>\.bib|\.ris|\.csl\.json)"

translated = [
    path("pimms/", site_list.SiteList.as_view(), name="site-list"),
    path("pimms/<slug:slug>/", site_detail.SiteDetail.as_view(), name="site"),
    path("a-quoi-ca-sert/", Help.as_view(), name="help"),
    path("communes.json", CommuneSuggestions.as_view(), name="commune-suggestions"),
]

urlpatterns = [
    path("hors-ligne/", offline_views.KeepOffline.as_view(), name="offline"),
    path("hors-ligne.json", offline_views.copy, name="offline-copy"),
    path("service-worker.js", offline_views.service_worker, name="service-worker"),
    path("regions/", territory_pages.RegionList.as_view(), name="region-list"),
    path("regions/<slug:slug>/", territory_pages.RegionDetail.as_view(), name="region"),
    path("departements/", territory_pages.DepartmentList.as_view(), name="department-list"),
    re_path(rf"^{DEPARTMENT}/$", territory_pages.DepartmentDetail.as_view(), name="department"),
    path("associations/", association_pages.AssociationList.as_view(), name="association-list"),
    path("associations/<slug:slug>/", association_pages.AssociationDetail.as_view(), name="association"),
    path("labels/", label_pages.WaveList.as_view(), name="wave-list"),
    path("labels/<slug:code>/", label_pages.WaveDetail.as_view(), name="wave"),
    path("communiques/", label_pages.ReleaseList.as_view(), name="release-list"),
    path("communiques/<slug:slug>/", label_pages.ReleaseDetail.as_view(), name="release"),
    path("communiques/<slug:slug>/comparaison/", label_pages.ReleaseComparison.as_view(), name="release-comparison"),
    path("flux.atom", require_safe(DirectoryFeed()), name="feed"),
    path("regions/<slug:slug>/flux.atom", require_safe(TerritoryFeed("region")), name="region-feed"),
    re_path(rf"^{DEPARTMENT}/flux\.atom$", require_safe(TerritoryFeed("department")), name="department-feed"),
    path("pimms.csv", downloads.SitesCsv.as_view(data_day=newest_day), name="site-csv"),
    path("pimms.excel.csv", downloads.SitesExcelCsv.as_view(data_day=newest_day), name="site-excel-csv"),
    path("pimms.xlsx", downloads.SitesXlsx.as_view(data_day=newest_day), name="site-xlsx"),
    path("pimms.json", downloads.SitesJson.as_view(data_day=newest_day), name="site-json"),
    path("pimms.geojson", downloads.SitesGeoJson.as_view(data_day=newest_day), name="site-geojson"),
    path(
        "pimms.mediation-numerique.csv", downloads.MediationCsv.as_view(data_day=newest_day), name="site-mediation-csv"
    ),
    path(
        "pimms.mediation-numerique.json",
        downloads.MediationJson.as_view(data_day=newest_day),
        name="site-mediation-json",
    ),
    path("pimms.data-inclusion.json", downloads.InclusionJson.as_view(data_day=newest_day), name="site-inclusion-json"),
    path("pimms/<slug:slug>.json", records.record, {"route": "site"}, name="site-record"),
    path("pimms/<slug:slug>.vcf", records.address_card, name="site-vcard"),
    path("regions/<slug:slug>.json", records.record, {"route": "region"}, name="region-record"),
    re_path(rf"^{DEPARTMENT}\.json$", records.record, {"route": "department"}, name="department-record"),
    path("associations/<slug:slug>.json", records.record, {"route": "association"}, name="association-record"),
    # Here and not in `labels`, which knows nothing of the sites that they list.
    path("labels/<slug:code>.json", records.record, {"route": "wave"}, name="wave-record"),
    path("communiques/<slug:slug>.json", records.record, {"route": "release"}, name="release-record"),
    re_path(rf"^pimms/(?P<slug>[-\w]+){CITATION}$", citation_file, {"route": "site"}, name="site-citation"),
    re_path(rf"^regions/(?P<slug>[-\w]+){CITATION}$", citation_file, {"route": "region"}, name="region-citation"),
    re_path(rf"^{DEPARTMENT}{CITATION}$", citation_file, {"route": "department"}, name="department-citation"),
    re_path(
        rf"^associations/(?P<slug>[-\w]+){CITATION}$",
        citation_file,
        {"route": "association"},
        name="association-citation",
    ),
    re_path(rf"^labels/(?P<code>[-\w]+){CITATION}$", citation_file, {"route": "wave"}, name="wave-citation"),
    re_path(rf"^communiques/(?P<slug>[-\w]+){CITATION}$", citation_file, {"route": "release"}, name="release-citation"),
    path("labels/<slug:code>.csv", records.table, {"table": "sites"}, name="wave-csv"),
    path("communiques/<slug:slug>.csv", records.table, {"table": "lines"}, name="release-csv"),
    path("communiques/<slug:slug>.chiffres.csv", records.table, {"table": "figures"}, name="release-figures-csv"),
    path("regions.json", records.index, {"route": "region"}, name="region-index"),
    path("departements.json", records.index, {"route": "department"}, name="department-index"),
    path("associations.json", records.index, {"route": "association"}, name="association-index"),
    path("labels.json", records.index, {"route": "wave"}, name="wave-index"),
    path("communiques.json", records.index, {"route": "release"}, name="release-index"),
    path("apercu.png", Picture.as_view(), name="picture"),
    path("pimms/<slug:slug>.png", Picture.as_view(route="site"), name="site-picture"),
    path("regions/<slug:slug>.png", Picture.as_view(route="region"), name="region-picture"),
    re_path(rf"^{DEPARTMENT}\.png$", Picture.as_view(route="department"), name="department-picture"),
    path("associations/<slug:slug>.png", Picture.as_view(route="association"), name="association-picture"),
    path("labels/<slug:code>.png", Picture.as_view(route="wave"), name="wave-picture"),
    path("communiques/<slug:slug>.png", Picture.as_view(route="release"), name="release-picture"),
    path("donnees/", DataPage.as_view(), name="data"),
    path("donnees/schema.json", schemas.table_schema, name="table-schema"),
    path("pimms.csv-metadata.json", schemas.csv_metadata, name="csv-metadata"),
    path("catalogue.jsonld", schemas.catalogue_json_ld, name="catalogue-json-ld"),
    path("catalogue.ttl", schemas.catalogue_turtle, name="catalogue-turtle"),
    path("datapackage.json", schemas.package, name="data-package"),
    path("openapi.json", schemas.openapi_document, name="openapi"),
    path("presse/", PressPage.as_view(), name="press"),
    path("presse/<slug:name>.svg", graphic_files.svg, name="press-svg"),
    path("presse/<slug:name>.png", graphic_files.png, name="press-png"),
    path("integrer/", embed_views.EmbedBuilder.as_view(), name="embed"),
    path("integrer/pimms/<slug:slug>/", embed_views.EmbeddedSite.as_view(route="site"), name="embedded-site"),
    path("integrer/regions/<slug:slug>/", embed_views.EmbeddedList.as_view(route="region"), name="embedded-region"),
    re_path(
        rf"^integrer/{DEPARTMENT}/$",
        embed_views.EmbeddedList.as_view(route="department"),
        name="embedded-department",
    ),
    path(
        "integrer/associations/<slug:slug>/",
        embed_views.EmbeddedList.as_view(route="association"),
        name="embedded-association",
    ),
    path("integrer/labels/<slug:code>/", embed_views.EmbeddedList.as_view(route="wave"), name="embedded-wave"),
    path(
        "integrer/communiques/<slug:slug>/",
        embed_views.EmbeddedRelease.as_view(route="release"),
        name="embedded-release",
    ),
    path("oembed.json", embed_views.OEmbed.as_view(), name="oembed"),
]
