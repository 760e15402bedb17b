"""Found first on PYTHONPATH: this Python's clock goes wrong by CLOCK_IS_WRONG_BY seconds, from its very start."""

import os
import time
from datetime import UTC, datetime

import time_machine

wrong_by = float(os.environ["CLOCK_IS_WRONG_BY"])
time_machine.travel(datetime.fromtimestamp(time.time() + wrong_by, UTC), tick=True).start()
