"""A run of chaos: a fleet, offices with their files, what is done to the processes meanwhile, and the reckoning."""

import logging
import random
import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.compose import Fleet
from services.distributed import Gateway
from shared.flow.ports import Parked
from tests.chaos.agreeing import Agreement, agree
from tests.chaos.commands import Programs, Wrong
from tests.chaos.crossing import Crossing, persons
from tests.chaos.disturbing import Disturber
from tests.chaos.load import Load, Office
from tests.chaos.messages import Messages
from tests.chaos.office_files import Brought
from tests.chaos.plan import EVERYTHING, OURS, Disturbance, What, plan
from tests.commands import Commands
from tests.e2e.busy_office import people_file
from tests.e2e.county import gateway_of

GROUPS: Final = (("372013", "122076"), ("132039", "053031"))
"""A thread brings the files of each group in turn."""
QUIET: Final = ("392014", "271004")
"""They bring nothing until the storm is over: what is forged in their names is not overtaken."""
READY_SECONDS: Final = 120.0
SETTLE_SECONDS: Final = 180.0
ARRIVE_SECONDS: Final = 20.0
REST_SECONDS: Final = 0.2
SESSION_MS: Final = 3_000

log = logging.getLogger("yui.chaos")


@dataclass
class Result:
    """`done`: how often each disturbance was done; `brought`: what the offices did; by municipality what was found."""

    done: Counter[str]
    brought: Counter[str]
    kills: int
    restarts: int
    messages: int
    found: dict[str, Agreement]
    wrong: list[str] = field(default_factory=list)

    @property
    def lost(self) -> list[str]:
        return [line for each in self.found.values() for line in each.count.lost]

    @property
    def doubled(self) -> list[str]:
        return [line for each in self.found.values() for line in each.count.doubled]

    @property
    def unlike(self) -> list[str]:
        return self.wrong + [line for each in self.found.values() for line in each.wrong]


def storm(folder: Path, seed: int, seconds: float, whats: Collection[What] = EVERYTHING) -> Result:
    """Raises when something does not come to rest, or a command fails that must not."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"YUI_KAFKA_SESSION_MS": str(SESSION_MS)}
    with Fleet(folder / "fleet", only=OURS, environment=environment, say=log.info) as fleet:
        programs = Programs(fleet.environment_of("gateway"), folder)
        try:
            with gateway_of(fleet) as gateway:
                return _Storm(fleet, gateway, programs, folder, seed).blow(plan(seed, seconds, whats), seconds)
        finally:
            programs.end()


class _Storm:
    def __init__(self, fleet: Fleet, gateway: Gateway, programs: Programs, folder: Path, seed: int) -> None:
        self._fleet = fleet
        self._gateway = gateway
        self._folder = folder
        self._commands = Commands(gateway, folder)
        groups = [[Office(seed, tenant) for tenant in group] for group in GROUPS]
        self._offices = [office for group in groups for office in group]
        self._late = [Office(seed, tenant) for tenant in QUIET]
        loaded = [office.tenant for office in self._offices]
        rng = random.Random(seed)
        admin = Path(fleet.environment_of("migrate")["YUI_DATABASE_ADMIN_URL_FILE"])
        messages = Messages(gateway, loaded, admin, rng)
        self._load = Load(gateway, programs, folder, groups)
        self._crossing = Crossing(gateway, loaded)
        self._messages = messages
        self._disturber = Disturber(fleet, programs, messages, QUIET, folder, rng)

    def blow(self, planned: Sequence[Disturbance], seconds: float) -> Result:
        self._found()
        began = time.monotonic()
        with ExitStack() as ending:
            ending.enter_context(self._crossing.going())
            ending.enter_context(self._load.going())
            ending.callback(self._disturber.finish)
            for disturbance in planned:
                time.sleep(max(0.0, began + disturbance.at_seconds - time.monotonic()))
                self._disturber.do(disturbance)
            time.sleep(max(0.0, began + seconds - time.monotonic()))
        return self._reckoned()

    def _found(self) -> None:
        for office in [*self._offices, *self._late]:
            tenant = office.tenant
            self._commands.done("tenant", "add", tenant, "自治体")
            self._commands.done("rules", "enact", "takamatsu-2016", "--tenant", tenant)
            self._commands.done("rules", "enact", "kosaka-2015", "--tenant", tenant)
            self._people(tenant)

    def _people(self, tenant: str) -> None:
        file = self._folder / "persons.csv"
        file.write_text(people_file(persons()), encoding="utf-8")
        self._commands.done("import", "people", str(file), "--tenant", tenant, "--no-wait")

    def _reckoned(self) -> Result:
        """Everybody is left in peace; then it is counted."""
        log.info("left in peace")
        self._fleet.wait_ready(READY_SECONDS)
        self._come_to_rest(self._offices)
        self._messages.say_forged_again()
        wrong = self._reckon_messages() + self._deadlocks()
        self._take_up_again()
        found = {}
        for office in self._offices:
            brought = [*office.brought, self._crossing.brought]
            found[office.tenant] = agree(self._commands, office.tenant, brought)
        for office in self._late:
            brought = [*office.brought, Brought(people=persons())]
            found[office.tenant] = agree(self._commands, office.tenant, brought)
        counts = self._load.counts + Counter({"batches over all municipalities, both ways": self._crossing.batches})
        return Result(
            self._disturber.done,
            counts,
            self._disturber.kills,
            sum(max(0, self._fleet.starts_of(name) - 1) for name in self._fleet.names),
            self._messages.total(),
            found,
            wrong,
        )

    def _take_up_again(self) -> None:
        """Those in whose name something was forged bring what is true, and an operator has them go on."""
        self._load.bring(self._late)
        for office in self._late:
            for row in self._parked(office.tenant):
                self._commands.yui("doctor", "--retry", row.subscription, "--tenant", row.tenant)
        self._come_to_rest(self._late)

    def _reckon_messages(self) -> list[str]:
        """The last messages are given time to arrive."""
        until = time.monotonic() + ARRIVE_SECONDS
        while (wrong := self._messages.reckon()) and time.monotonic() < until:
            time.sleep(REST_SECONDS)
        return wrong

    def _parked(self, tenant: str) -> list[Parked]:
        stores = [part.store for part in self._gateway.system.parts.values()]
        return [row for store in stores for row in store.all_parked() if row.tenant == tenant]

    def _come_to_rest(self, offices: Sequence[Office]) -> None:
        parked = self._gateway.system.settle([office.tenant for office in offices], SETTLE_SECONDS)
        if parked:
            raise Wrong(f"parked: {parked}")

    def _deadlocks(self) -> list[str]:
        lines = self._fleet.log_of("postgres").read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if "deadlock detected" in line]
