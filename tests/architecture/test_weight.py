"""What weighs much is loaded by whom it serves alone."""

import subprocess
import sys

PROGRAM = """
import sys, bot.cli, bot.app, bot.serve
print([name for name in ("numba", "scipy", "numpy") if name in sys.modules])
"""


def test_the_search_is_loaded_by_who_forms_cohorts_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
