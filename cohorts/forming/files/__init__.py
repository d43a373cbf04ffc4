"""Files of people, of cohorts and of a policy, for forming without a database."""
