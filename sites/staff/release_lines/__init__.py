"""The lines of a press release: read from pasted text, matched with sites, counted beside the figures, saved.

``reading`` makes lines of a text, ``matching`` says which site each may mean, ``proposing`` what a missing site would
be, ``counting`` sets the totals beside the figures of the release, ``sheet`` shows and writes all of it or nothing.
"""
