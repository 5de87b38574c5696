"""Without a comma, which parts the day from its month where Latin words stand between: ``1 أغسطس 2024``."""

DATE_FORMAT = "j F Y"
