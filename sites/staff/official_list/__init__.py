"""The State agency's list of the France Services, and what the directory takes over from it.

``reading`` turns a file into rows or says what is wrong with it; ``values`` turns a row's cells into values and
doubts, ``site_values`` sets those of one site beside what the directory has; ``comparison`` does so for all rows;
``applying`` writes what an editor ticked, all or nothing. The list never overrides an edit by itself.
"""
