"""Mutants that are the same program to everyone who uses it, each with the reason."""

Change = tuple[str, str, str]  # module:function, the line as it is, the line with the slip

EQUIVALENT: dict[Change, str] = {}
