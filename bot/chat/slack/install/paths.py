"""Where the way to be installed begins, where Slack sends a browser back to, and the pages it ends on."""

INSTALL, CALLBACK = "/slack/install", "/slack/oauth_redirect"
INSTALLED, NOT_INSTALLED = "/slack/installed", "/slack/not-installed"
"""Whoever serves them is told `app`, `workspace` and `whole`, or `why`."""
