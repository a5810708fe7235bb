"""Writers take turns in the order they came, people before bulk work; nobody's Ctrl-C holds up the others."""

import signal
from threading import Event, Thread, main_thread

import pytest

from shared.adapters.fair_lock import FairLock


def waiting(lock: FairLock) -> int:
    return len(lock._urgent) + len(lock._patient)


def until_waiting(lock: FairLock, count: int) -> None:
    """Return when so many writers stand in the queue."""
    while waiting(lock) < count:
        Event().wait(0.001)


def test_the_lock_is_free_again_after_a_turn() -> None:
    lock = FairLock()
    for urgent in (False, True, False):
        with lock.turn(urgent=urgent):
            assert waiting(lock) == 0


def test_the_lock_is_free_again_after_a_turn_that_failed() -> None:
    lock = FairLock()
    for _ in range(2):
        with pytest.raises(ValueError, match="oops"), lock.turn(urgent=False):
            raise ValueError("oops")


def test_turns_are_given_in_the_order_of_coming_people_before_bulk_work() -> None:
    lock = FairLock()
    turns: list[str] = []

    def take(name: str) -> None:
        with lock.turn(urgent=name.startswith("page")):
            turns.append(name)

    names = ["import 1", "import 2", "page 1", "import 3", "page 2"]
    threads = [Thread(target=take, args=(name,)) for name in names]
    with lock.turn(urgent=False):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            until_waiting(lock, number)
    for thread in threads:
        thread.join()
    assert turns == ["page 1", "page 2", "import 1", "import 2", "import 3"]


def test_who_steps_aside_lets_the_next_one_in_and_comes_back_in_turn() -> None:
    lock, others_turn = FairLock(), Event()
    turns: list[str] = []

    def take() -> None:
        with lock.turn(urgent=False):
            turns.append("other")
        others_turn.set()

    with lock.turn(urgent=False):
        turns.append("one")
        thread = Thread(target=take)
        thread.start()
        until_waiting(lock, 1)
        lock.step_aside()
        others_turn.wait()
        assert not lock.is_mine
        lock.come_back(urgent=False)
        turns.append("one again")
    thread.join()
    assert turns == ["one", "other", "one again"]
    assert not lock._held


def test_a_turn_that_ends_aside_takes_nothing_from_who_holds_it() -> None:
    lock, held, done = FairLock(), Event(), Event()

    def hold() -> None:
        with lock.turn(urgent=False):
            held.set()
            done.wait()

    thread = Thread(target=hold)
    with lock.turn(urgent=False):
        lock.step_aside()
        thread.start()
        held.wait()
    assert lock._held
    done.set()
    thread.join()
    assert not lock._held


class Signalled(Exception):
    pass


def test_a_writer_interrupted_while_it_waits_leaves_the_queue() -> None:
    lock, held, done = FairLock(), Event(), Event()

    def hold() -> None:
        with lock.turn(urgent=False):
            held.set()
            until_waiting(lock, 1)
            signal.pthread_kill(main_thread().ident or 0, signal.SIGUSR1)
            done.wait()

    def interrupted(_number: int, _frame: object) -> None:
        raise Signalled

    before = signal.signal(signal.SIGUSR1, interrupted)
    thread = Thread(target=hold)
    thread.start()
    held.wait()
    with pytest.raises(Signalled), lock.turn(urgent=False):
        pass
    assert waiting(lock) == 0
    done.set()
    thread.join()
    signal.signal(signal.SIGUSR1, before)
    with lock.turn(urgent=True):
        assert waiting(lock) == 0


def test_a_turn_given_at_the_very_moment_of_the_interruption_is_passed_on() -> None:
    lock, mine = FairLock(), Event()
    with lock.turn(urgent=False):
        lock._patient.append(mine)
    assert mine.is_set()
    lock._give_up(lock._patient, mine)
    with lock.turn(urgent=False):
        assert lock._held
