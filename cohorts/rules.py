"""What an operator has set, as every transaction carries it."""

from cohorts.forming.settings import FormingSettings
from cohorts.nudging.model import Settings as NudgeSettings
from cohorts.values import Frozen


class Rules(Frozen):
    nudging: NudgeSettings = NudgeSettings()
    forming: FormingSettings = FormingSettings()
