"""How hard properties are tried: `quick` in make test, `--hypothesis-profile=thorough` in .ci/run."""

from hypothesis import settings

settings.register_profile("quick")
settings.register_profile("thorough")
settings.load_profile("quick")
