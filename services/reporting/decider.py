"""`reporting` decides nothing: it shows what the others have recorded."""

from services.reporting.events import CONTRACT
from shared.kernel.deciding import Decider

DECIDER = Decider(contract=CONTRACT, aggregates={}, decisions={}, recall={})
