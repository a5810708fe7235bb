"""All processes of docker-compose.yml on this machine, without Docker: `Fleet` starts, keeps and ends them."""

import signal
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import IO, Final, Self

from deploy.compose.credentials import write_secrets
from deploy.compose.owning import own
from deploy.compose.placing import Places, chosen_ports, localised
from deploy.compose.preparing import probe_for, render_mounts, secrets_of, told, write_environment
from deploy.compose.programs import PROGRAMS, LeftOut, Maker, program_of
from deploy.compose.reading import layers, read_composition, shortened
from deploy.compose.running import Child, Failed, Stage
from deploy.servers import is_free

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final = ROOT / "docker-compose.yml"
START_SECONDS: Final = 180.0
TICK_SECONDS: Final = 0.1
GATEWAY: Final = "gateway"


def _silent(_line: str) -> None:
    """Nobody reads along."""


class Fleet:
    """The processes of a compose file, kept running in a folder.

    `only` shortens the list to these names and what they depend on. `environment` is added to every process of ours
    (image `yui`), `variables` fills `${…}` of the file. `published` takes the ports the file publishes when they are
    free. `say` gets one line for a person at a time. Ports are chosen once: what is started again keeps its own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        only: Collection[str] | None = None,
        environment: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        compose: Path = COMPOSE,
        programs: Mapping[str, Maker] = PROGRAMS,
        published: bool = False,
        say: Callable[[str], None] = _silent,
    ) -> None:
        self.folder = folder.absolute()
        self._compose = compose
        self._composition = read_composition(compose.read_text(encoding="utf-8"), variables or {})
        self._processes = shortened(self._composition.processes, only)
        self._added = dict(environment or {})
        self._programs = programs
        self._published = published
        self._say = say
        self._places: Places | None = None
        self._children: dict[str, Child] = {}
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._ending = threading.Event()
        self._keeper: threading.Thread | None = None
        self._owned: IO[str] | None = None
        self._fault: BaseException | None = None
        self._starting = True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------------------------------ start and end

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start everything in its order and wait until all is healthy, then write the file of the environment.

        Failed names the process that did not start, with its last lines, InUse means that the folder has a runner;
        in both cases nothing is left running.
        """
        self._owned = own(self.folder)
        try:
            self._prepare()
            self._keeper = threading.Thread(target=self._keep, name="fleet", daemon=True)
            self._keeper.start()
            self._await(self._all_ready, seconds)
            self._starting = False
            if GATEWAY in self._children:
                write_environment(self.environment_file, self.environment_of(GATEWAY))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything, the last started first. Calling it twice does no harm, nor does it to another's fleet."""
        if self._owned:
            self.environment_file.unlink(missing_ok=True)
        self._ending.set()
        if self._keeper:
            self._keeper.join()
            self._keeper = None
        if self._owned:
            self._owned.close()
            self._owned = None

    # --------------------------------------------------------------------------------------- questions

    @property
    def environment_file(self) -> Path:
        """Beside the folder: `var/distributed` → `var/distributed.env`."""
        return self.folder.with_name(f"{self.folder.name}.env")

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def names(self) -> list[str]:
        """The processes that were started, one-shot ones too, in their order."""
        return list(self._children)

    @property
    def address(self) -> str:
        """Where the pages are."""
        return self.url(GATEWAY)

    def url(self, name: str) -> str:
        return self._placed.url(self._composition.named(name))

    def metrics_url(self, name: str) -> str:
        """Where the process shows its metrics."""
        return f"{self.url(name)}/metrics"

    def environment_of(self, name: str) -> dict[str, str]:
        """What the process was told by the file."""
        return dict(self._child(name).environment)

    def log_of(self, name: str) -> Path:
        return self._child(name).log

    def pid_of(self, name: str) -> int:
        """The process's id; LookupError while it is not running."""
        pid = self._child(name).pid
        if pid is None:
            raise LookupError(f"{name} はいま動いていません。")
        return pid

    def starts_of(self, name: str) -> int:
        """How often it has been started."""
        return self._child(name).started

    # ------------------------------------------------------------------------------------- disturbances

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a signal to a process; its id. The fleet starts it again, as the file says, when that ends it."""
        with self._lock:
            pid = self.pid_of(name)
            self._child(name).send(number)
            return pid

    def restart(
        self, name: str, *, number: int | None = None, away_seconds: float = 0.0, seconds: float = 60.0
    ) -> None:
        """End a process and wait until it is there again and healthy; it stays away for `away_seconds` at least.

        It gets the signal `number`, or the one by which the file has it stopped; when it has not ended after its time
        of grace it is killed. (A Kafka that is told to stop while it starts waits five minutes for its controller.)
        """
        with self._lock:
            child = self._child(name)
            before = child.started
            child.away_seconds = away_seconds
            pid = self.kill(name, number or signal.Signals[child.process.stop_signal])
        until = monotonic() + child.process.stop_grace_seconds
        while child.pid == pid and monotonic() < until:
            sleep(TICK_SECONDS)
        with self._lock:
            if child.pid == pid:
                child.send(signal.SIGKILL)
        self._await(lambda: child.started > before and child.stage is Stage.READY, seconds + away_seconds)

    def restart_kafka(self, *, number: int | None = None, away_seconds: float = 0.0) -> None:
        self.restart("kafka", number=number, away_seconds=away_seconds)

    def restart_postgres(self, *, number: int | None = None, away_seconds: float = 0.0) -> None:
        self.restart("postgres", number=number, away_seconds=away_seconds)

    def wait_ready(self, seconds: float) -> None:
        """Wait until every process answers that it is healthy, asked now. Failed names those that do not."""
        deadline = monotonic() + seconds
        while not all(child.is_healthy() for child in self._children.values()):
            if self._fault:
                raise self._fault
            if monotonic() >= deadline:
                raise Failed(self._not_ready(seconds))
            sleep(TICK_SECONDS)

    def join(self) -> None:
        """Wait for ever: until `stop` is called or a signal raises something in this thread."""
        while not self._ending.wait(0.5):
            if self._fault:
                raise self._fault

    # -------------------------------------------------------------------------------------- preparation

    @property
    def _placed(self) -> Places:
        if self._places is None:
            raise LookupError("start を先に呼んでください。")
        return self._places

    def _child(self, name: str) -> Child:
        return self._children[name]

    def _prepare(self) -> None:
        every = self._composition.processes
        places = self._places = Places(self.folder, chosen_ports(every, is_free, published=self._published))
        write_secrets(places.secrets, secrets_of(self._processes), localised("postgres:5432/yui", every[0], places))
        self.logs.mkdir(exist_ok=True)
        for process in self._processes:
            program = program_of(process, places, self._programs)
            if isinstance(program, LeftOut):
                self._say(f"{process.name}: {program.reason}")
                continue
            render_mounts(process, places, self._compose.parent)
            self._children[process.name] = Child(
                process=process,
                program=program,
                environment=told(process, places, self._added),
                probe=probe_for(process, places),
                log=self.logs / f"{process.name}.log",
                cwd=ROOT,
                held=(self._owned.fileno(),) if self._owned else (),
            )

    # ------------------------------------------------------------------------------------------ keeping

    def _keep(self) -> None:
        """The one thread that starts processes: they are tied to it, so it lives as long as they do."""
        try:
            while not self._ending.wait(TICK_SECONDS):
                for child in self._children.values():
                    self._tend(child)
                with self._changed:
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the fleet raises it
            self._fault = error
        finally:
            self._end_all()
            with self._changed:
                self._changed.notify_all()

    def _tend(self, child: Child) -> None:
        healthy = child.has_become_healthy()
        with self._lock:
            if child.look(healthy=healthy):
                self._gone(child)
            paused = child.stage is not Stage.WAITING or monotonic() < child.not_before
            if not paused and all(self._met(*each) for each in child.process.depends_on.items()):
                child.start()

    def _met(self, name: str, condition: str) -> bool:
        """A process that is left out keeps nobody waiting; one that was there once does neither."""
        child = self._children.get(name)
        return child is None or not self._starting or child.meets(condition)

    def _gone(self, child: Child) -> None:
        if self._starting or child.process.once:
            how = f"{child.name} を起動できませんでした（{child.ended()}）。"
            raise Failed(f"{how}最後の出力（{child.log}）:\n{child.last_lines()}")
        pause = max(child.not_before - monotonic(), 0.0)
        self._say(f"{child.name} が終わりました（{child.ended()}）。{pause:.1f} 秒後に起動し直します。")

    def _all_ready(self) -> bool:
        return all(
            child.stage is (Stage.DONE if child.process.once else Stage.READY) for child in self._children.values()
        )

    def _await(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = monotonic() + seconds
        while True:
            with self._changed:
                if self._fault:
                    raise self._fault
                if condition():
                    return
                if monotonic() >= deadline:
                    raise Failed(self._not_ready(seconds))
                self._changed.wait(TICK_SECONDS * 5)

    def _not_ready(self, seconds: float) -> str:
        late = [child for child in self._children.values() if not child.is_healthy()]
        begun = [f"{child.name}（{child.log}）:\n{child.last_lines()}" for child in late if child.started]
        names = "、".join(child.name for child in late)
        return "\n".join([f"{seconds:.0f} 秒のうちに準備ができませんでした: {names}。最後の出力:", *begun])

    def _end_all(self) -> None:
        """Layer by layer, those on which nobody depends first."""
        for layer in reversed(layers([child.process for child in self._children.values()])):
            children = [self._children[process.name] for process in layer]
            for child in children:
                child.end()
            now = monotonic()
            for child in children:
                if child.wait(now + child.process.stop_grace_seconds):
                    self._say(f"{child.name} は終わらないので、止めました。")
