"""The search for cohorts, on columns of numbers: it knows nothing of words, days or chats."""
