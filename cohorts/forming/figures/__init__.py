"""What a division into cohorts is worth and what is wrong with it, from columns: for thirty people or a nation."""
