"""Find a Chromium for the browser tests, or get one. As a script it never fails: it says what to do instead."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = """No Chromium was found, so the browser tests will be skipped. Any one of these mends it:
  .venv/bin/python -m playwright install chromium
  sudo apt-get install chromium            (Debian, Ubuntu)
  CHROMIUM=/path/to/chrome make test"""


def find_chromium() -> str | None:
    """The path of a Chromium: the one named in CHROMIUM, one that is installed, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    found = [named, *map(shutil.which, NAMES), *PLACES, _from_playwright()]
    return next((path for path in found if path and Path(path).is_file()), None)


def _from_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright:
            return playwright.chromium.executable_path
    except Exception:  # noqa: BLE001 - Playwright without a browser, or inside a running loop: there is simply none
        return None


def get_chromium() -> str | None:
    """Find one; failing that, fetch Playwright's; failing that, as root, the system's."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    found = find_chromium()
    for command in attempts:
        if found:
            break
        print(f"Looking for a browser: {' '.join(command)}")
        try:
            subprocess.run(command, timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"  that did not work: {error}")
        found = find_chromium()
    return found


if __name__ == "__main__":
    path = get_chromium()
    print(f"Browser tests use {path}" if path else ADVICE)
    sys.exit(0)
