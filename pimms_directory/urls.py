from django.contrib import admin
from django.urls import include, path

from pimms_directory import views

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("", include("sites.urls")),
    path("", include("labels.urls")),
    path("a-propos/", views.About.as_view(), name="about"),
    path("accessibilite/", views.Accessibility.as_view(), name="accessibility"),
    path("mentions-legales/", views.LegalNotice.as_view(), name="legal-notice"),
    path("plan-du-site/", views.SiteMap.as_view(), name="site-map"),
    path("admin/", admin.site.urls),
]
