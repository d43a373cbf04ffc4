"""What each message and form looks like, as values. Words come from `prompts/`, decisions from the use cases."""
