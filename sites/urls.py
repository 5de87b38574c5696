from django.urls import path, re_path

from sites import views

urlpatterns = [
    path("pimms/", views.SiteList.as_view(), name="site-list"),
    path("pimms/<slug:slug>/", views.SiteDetail.as_view(), name="site"),
    path("communes.json", views.CommuneSuggestions.as_view(), name="commune-suggestions"),
    path("regions/", views.RegionList.as_view(), name="region-list"),
    path("regions/<slug:slug>/", views.RegionDetail.as_view(), name="region"),
    path("departements/", views.DepartmentList.as_view(), name="department-list"),
    re_path(
        r"^departements/(?P<code>\d[\dAB]\d?)-(?P<slug>[a-z0-9-]+)/$",
        views.DepartmentDetail.as_view(),
        name="department",
    ),
    path("associations/", views.AssociationList.as_view(), name="association-list"),
    path("associations/<slug:slug>/", views.AssociationDetail.as_view(), name="association"),
]
