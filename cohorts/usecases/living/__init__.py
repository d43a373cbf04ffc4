"""What happens to people and cohorts over time: waiting, offers, arrivals, merges, withdrawals, another season."""
