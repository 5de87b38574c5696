from sites.models.listing import Listing
from sites.models.official_list import OfficialList
from sites.models.records import Association, OpeningPeriod, Site, SiteAlias
from sites.models.territories import Commune, CommuneAlias, Department, IntercommunalBody, OtherNames, Postcode, Region

__all__ = [
    "Association",
    "Commune",
    "CommuneAlias",
    "Department",
    "IntercommunalBody",
    "Listing",
    "OfficialList",
    "OpeningPeriod",
    "OtherNames",
    "Postcode",
    "Region",
    "Site",
    "SiteAlias",
]
