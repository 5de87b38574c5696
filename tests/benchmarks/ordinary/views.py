import django_filters
from django.db.models import Count
from django_filters.views import FilterView

from sites.models import Region, Site

FACETS = ("department__region__name", "department__name", "wave__name", "kind", "association__name")


class SiteFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains")
    region = django_filters.ModelChoiceFilter(field_name="department__region", queryset=Region.objects.all())

    class Meta:
        model = Site
        fields = ("department", "wave", "kind", "association")


class SiteList(FilterView):
    queryset = (
        Site.objects.filter(label_ended_on=None, closed_on=None)
        .select_related("association", "wave", "department__region", "commune")
        .prefetch_related("opening_periods")
        .order_by("slug")
    )
    filterset_class = SiteFilter
    paginate_by = 20
    template_name = "ordinary_list.html"

    def get_context_data(self, **kwargs):
        sites = self.object_list.order_by()
        facets = {name: sites.values(name).annotate(count=Count("pk")).order_by(name) for name in FACETS}
        choices = [[(row[name], row["count"]) for row in rows] for name, rows in facets.items()]
        return super().get_context_data(facets=choices, **kwargs)
