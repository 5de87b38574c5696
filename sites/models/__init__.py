from sites.models.association import Association
from sites.models.communes import Commune, CommuneAlias, IntercommunalBody, OtherNames, Postcode
from sites.models.opening_times import Notice, OpeningPeriod, replace_hours
from sites.models.site import Site, SiteAlias
from sites.models.sources import Listing, OfficialList, OtherDesk
from sites.models.territories import Department, Region

__all__ = [
    "Association",
    "Commune",
    "CommuneAlias",
    "Department",
    "IntercommunalBody",
    "Listing",
    "Notice",
    "OfficialList",
    "OpeningPeriod",
    "OtherDesk",
    "OtherNames",
    "Postcode",
    "Region",
    "Site",
    "SiteAlias",
    "replace_hours",
]
