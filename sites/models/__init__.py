from sites.models.listing import Listing
from sites.models.official_list import OfficialList
from sites.models.other_desk import OtherDesk
from sites.models.records import Association, OpeningPeriod, Site, SiteAlias
from sites.models.territories import Commune, CommuneAlias, Department, Postcode, Region

__all__ = [
    "Association",
    "Commune",
    "CommuneAlias",
    "Department",
    "Listing",
    "OfficialList",
    "OpeningPeriod",
    "OtherDesk",
    "Postcode",
    "Region",
    "Site",
    "SiteAlias",
]
