"""Days without a leading zero: ``1 Ağustos 2024``."""

DATE_FORMAT = "j F Y"
MONTH_DAY_FORMAT = "j F"
