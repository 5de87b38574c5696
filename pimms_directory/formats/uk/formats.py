"""Days without a leading zero: ``1 серпня 2024 р.``."""

DATE_FORMAT = "j E Y р."
MONTH_DAY_FORMAT = "j E"
