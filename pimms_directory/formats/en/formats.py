"""As in Europe, where readers stand: ``14 October 2020``."""

DATE_FORMAT = "j F Y"
MONTH_DAY_FORMAT = "j F"
