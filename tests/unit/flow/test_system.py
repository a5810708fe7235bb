"""The whole: its steps, what is settled, what is behind, what is parked."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from shared.flow.handle import Accepted
from shared.flow.subscriptions import Policy, Subscription, types
from shared.flow.system import WORK_FOR_A_QUESTION, Progress, System, UnknownSubscription
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import COPYING, POISON_AMOUNT, SHOWING, Copied, Put, request
from tests.unit.flow.whole import Restless, Stepping, rest, whole_system


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    built = whole_system(tmp_path)
    yield built
    built.close()


def still(system: System) -> None:
    """From now on nobody calls the steps."""
    assert isinstance(system.progress, Stepping)
    system.progress.system = None


def test_every_loop_has_a_name(system: System) -> None:
    assert list(system.steps()) == ["relay.tally", "relay.mirror", "mirror.copying", "mirror.levels"]


def test_commands_go_to_their_service(system: System) -> None:
    (outcome,) = system.handle("tally", [request(TAKAMATSU, Put("a", 1))], urgent=True)
    assert isinstance(outcome, Accepted)
    assert system.store("tally").head(TAKAMATSU).seq == 1


def test_settled_means_that_every_subscription_has_reached_the_heads(system: System) -> None:
    system.handle("tally", [request(TAKAMATSU, Put("a", 1, 3)), request(MATSUDO, Put("a", 1))])

    assert system.settle([TAKAMATSU, MATSUDO]) == []

    assert system.behind(system.heads([TAKAMATSU, MATSUDO])) == set()
    assert system.heads([TAKAMATSU])[TAKAMATSU]["mirror"].seq == 3


def fewer(fact: Copied) -> list[Put]:
    return [Put(fact.jar, fact.amount - 1)] if fact.amount > 1 else []


def test_settled_means_that_what_followed_has_come_to_rest_too(tmp_path: Path) -> None:
    echo = Subscription("tally.echo", ("mirror",), types(Copied), Policy({Copied: fewer}))
    system = whole_system(tmp_path, (echo, COPYING))
    system.handle("tally", [request(TAKAMATSU, Put("a", 4))])

    system.settle([TAKAMATSU])

    assert [system.heads([TAKAMATSU])[TAKAMATSU][name].seq for name in ("tally", "mirror")] == [4, 4]
    assert system.behind(system.heads([TAKAMATSU])) == set()
    system.close()


def test_who_is_behind_is_named_when_it_takes_too_long(system: System) -> None:
    system.handle("tally", [request(TAKAMATSU, Put("a", 1))])
    still(system)
    with pytest.raises(TimeoutError, match=r"^mirror\.copying, mirror\.levels$"):
        system.settle([TAKAMATSU], timeout_seconds=0)


def test_a_tenant_nobody_asked_about_is_not_waited_for(system: System) -> None:
    system.handle("tally", [request(MATSUDO, Put("a", 1))])
    still(system)
    assert system.settle([TAKAMATSU], timeout_seconds=0) == []


def test_what_is_parked_is_said_and_not_waited_for(system: System) -> None:
    system.handle("tally", [request(TAKAMATSU, Put("a", POISON_AMOUNT)), request(MATSUDO, Put("a", POISON_AMOUNT))])

    parked = system.settle([TAKAMATSU], timeout_seconds=0)

    assert [(row.subscription, row.tenant) for row in parked] == [
        ("mirror.copying", TAKAMATSU),
        ("mirror.levels", TAKAMATSU),
    ]
    assert len(system.parked()) == 4


def test_settling_ends_even_when_something_new_always_comes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.flow.system.MOST_ROUNDS", 3)
    system = whole_system(tmp_path, progress=Restless())
    assert system.settle([TAKAMATSU]) == []
    assert system.store("tally").head(TAKAMATSU).seq == 6  # three rounds of waiting for two subscriptions
    system.close()


def test_a_reader_can_wait_for_its_own_write(system: System) -> None:
    system.handle("tally", [request(TAKAMATSU, Put("a", 1))])
    assert system.reached("mirror.levels", "tally", TAKAMATSU, 1, timeout_seconds=0)
    assert not system.reached("mirror.levels", "tally", TAKAMATSU, 2, timeout_seconds=0)


def test_a_consumer_is_found_by_the_name_of_its_subscription(system: System) -> None:
    assert system.consumer("mirror.levels").subscription is SHOWING
    assert system.part_of("mirror.levels") is system.parts["mirror"]
    with pytest.raises(UnknownSubscription, match=r"mirror\.melting"):
        system.consumer("mirror.melting")


def test_announced_heads_bring_back_what_was_published_to_nobody(tmp_path: Path) -> None:
    deaf = whole_system(tmp_path, ())
    deaf.handle("tally", [request(TAKAMATSU, Put("a", 1))])
    rest(deaf)
    deaf.close()

    system = whole_system(tmp_path)
    rest(system)
    assert system.behind(system.heads([TAKAMATSU])) == {"mirror.copying", "mirror.levels"}
    system.announce()
    rest(system)
    assert system.behind(system.heads([TAKAMATSU])) == set()
    system.close()


def test_whoever_waits_asks_again_after_a_commit_even_one_made_while_asking() -> None:
    progress, asked = Progress(), []

    def holds() -> bool:
        asked.append(True)
        progress.made()
        return len(asked) == 3

    assert progress.wait_until(holds, 60)
    assert len(asked) == 3


def test_whoever_waits_patiently_leaves_the_others_most_of_the_time() -> None:
    progress, asked = Progress(), []

    def holds() -> bool:
        asked.append(monotonic())
        progress.made()
        sleep(0.002)
        return len(asked) == 5

    assert progress.wait_until(holds, 60, patiently=True)
    assert asked[-1] - asked[0] >= (len(asked) - 1) * 0.002 * WORK_FOR_A_QUESTION


def test_whoever_waits_asks_again_also_when_nobody_tells() -> None:
    answers = iter([False, False, True])
    assert Progress(look_again_seconds=0.001).wait_until(lambda: next(answers), 60)


def test_whoever_waits_is_told_of_progress() -> None:
    progress, done = Progress(), []

    def work() -> None:
        done.append(True)
        progress.made()

    thread = Thread(target=work)
    thread.start()
    assert progress.wait_until(lambda: bool(done), 60)
    thread.join()
