"""What the pages show, read from an open transaction: the facilitator's cohorts, a proposal, one's own evidence.

Nothing here changes anything, and nothing here reads what is sealed or another person's drafts.
"""
