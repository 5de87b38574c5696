from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from pimms_directory import machines, views

handler404 = "pimms_directory.views.not_found"
handler500 = "pimms_directory.views.server_error"

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("", include("sites.urls")),
    path("", include("labels.urls")),
    path("a-propos/", views.About.as_view(), name="about"),
    path("accessibilite/", views.Accessibility.as_view(), name="accessibility"),
    path("mentions-legales/", views.LegalNotice.as_view(), name="legal-notice"),
    path("plan-du-site/", views.SiteMap.as_view(), name="site-map"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("robots.txt", machines.robots_txt, name="robots-txt"),
    path(".well-known/security.txt", machines.security_txt, name="security-txt"),
    path("favicon.ico", machines.icon, {"name": "favicon.ico", "content_type": "image/x-icon"}, name="favicon"),
    path(
        "apple-touch-icon.png",
        machines.icon,
        {"name": "apple-touch-icon.png", "content_type": "image/png"},
        name="apple-touch-icon",
    ),
    path("site.webmanifest", machines.web_manifest, name="web-manifest"),
    path(settings.ADMIN_PATH, admin.site.urls),
]
