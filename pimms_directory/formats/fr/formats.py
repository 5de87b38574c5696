"""Of the admin's tables, where Django would write « 1 janvier »: our own pages and sentences say « 1er janvier »."""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y H:i"
MONTH_DAY_FORMAT = "d/m"
