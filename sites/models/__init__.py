from sites.models.association import Association
from sites.models.listing import Listing
from sites.models.official_list import OfficialList
from sites.models.opening_period import OpeningPeriod
from sites.models.site import Site, SiteAlias
from sites.models.territories import Commune, CommuneAlias, Department, Postcode, Region

__all__ = [
    "Association",
    "Commune",
    "CommuneAlias",
    "Department",
    "Listing",
    "OfficialList",
    "OpeningPeriod",
    "Postcode",
    "Region",
    "Site",
    "SiteAlias",
]
