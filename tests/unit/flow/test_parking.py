"""What cannot be applied parks its tenant with the reason; the others go on; a retry takes it up again (decision 4)."""

from collections.abc import Callable
from copy import copy
from pathlib import Path

import pytest

from shared.flow.consume import Consumer
from shared.flow.handle import Desk
from shared.flow.ports import Announced, Delivered, Unavailable
from shared.flow.subscriptions import Policy, Subscription, types
from shared.kernel.messages import Event
from tests.controls import MATSUDO, TAKAMATSU
from tests.fakes import SetClock
from tests.tally import COPYING, MIRROR, POISON_AMOUNT, SHOWING, UNLUCKY_AMOUNT, Added, Copy
from tests.unit.flow.towers import OUTAGE, Tower


def forged(event: Event, **changed: object) -> Event:
    other = copy(event)
    for name, value in changed.items():
        setattr(other, name, value)
    return other


def poison(tower: Tower) -> list[Event]:
    return tower.put(1, POISON_AMOUNT, 3)


def refused_command(tower: Tower) -> list[Event]:
    return tower.put(1, UNLUCKY_AMOUNT, 3)


def unknown_type(tower: Tower) -> list[Event]:
    first, second, third = tower.put(1, 2, 3)
    return [first, forged(second, type="yui.tally.melted.v1"), third]


def unknown_service(tower: Tower) -> list[Event]:
    first, second, third = tower.put(1, 2, 3)
    return [
        first,
        forged(second, service="weather", seq=1, prevhash=bytes(32)),
        third,
    ]


def broken_chain(tower: Tower) -> list[Event]:
    first, second, third = tower.put(1, 2, 3)
    return [first, forged(second, prevhash=bytes(32)), third]


def garbled_document(tower: Tower) -> list[Event]:
    first, second, third = tower.put(1, 2, 3)
    return [first, forged(second, data=b'{"jar":"a"}', decoded=None), third]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (poison, "Exploded: a"),
        (refused_command, "Refusing: Copy(jar='a', amount=13)"),
        (unknown_type, "UnknownType: yui.tally.melted.v1"),
        (unknown_service, "UnknownType: yui.tally.added.v1"),
        (broken_chain, "Broken: tally の台帳 372013-2"),
        (garbled_document, "ValidationError: Object missing required field `amount`"),
    ],
)
def test_trouble_parks_its_tenant_with_the_reason_and_the_others_go_on(
    tower: Tower, trouble: Callable[[Tower], list[Event]], reason: str
) -> None:
    here, there = trouble(tower), tower.put(4, 5, 6, tenant=MATSUDO)
    tower.deliver([event for pair in zip(here, there, strict=True) for event in pair])

    tower.run()

    (row,) = tower.mirror.all_parked()
    assert (row.subscription, row.tenant, row.since) == ("mirror.copying", TAKAMATSU, "2016-11-01T01:02:03+00:00")
    assert (row.source, row.seq) == (here[1].service, here[1].seq)
    assert row.reason.startswith(reason)
    assert (tower.copied(), tower.reached()) == ([1], 1)
    assert tower.copied(MATSUDO) == [4, 5, 6]
    assert tower.counts.totals["parked"] == 1


def test_a_tenant_that_its_source_does_not_know_is_parked(tower: Tower) -> None:
    (event,) = tower.put(1)
    tower.deliver([forged(event, tenant="999997")])
    tower.run()
    (row,) = tower.mirror.all_parked()
    assert (row.tenant, row.seq) == ("999997", 1)
    assert row.reason.startswith("Poison: 999997")


def test_a_view_that_cannot_take_an_event_parks_its_tenant(tmp_path: Path) -> None:
    tower = Tower(tmp_path, SHOWING)
    tower.deliver([*tower.put(1, POISON_AMOUNT), *tower.put(2, tenant=MATSUDO)])
    tower.run()
    assert [row.reason for row in tower.mirror.all_parked()] == ["Exploded: a"]
    assert (tower.levels(), tower.levels(MATSUDO)) == ({"a": 1}, {"a": 2})
    tower.close()


def test_what_comes_for_a_parked_tenant_waits_with_it(tower: Tower) -> None:
    tower.deliver(poison(tower))
    tower.run()
    tower.deliver(tower.put(4))
    tower.inbox.put(Announced("tally", TAKAMATSU, tower.tally.head(TAKAMATSU)))
    tower.run()
    assert (tower.copied(), tower.reached()) == ([1], 1)
    assert [row.seq for row in tower.mirror.all_parked()] == [2]


def test_a_parked_tenant_stays_parked_after_a_restart(tower: Tower) -> None:
    tower.deliver(poison(tower))
    tower.run()
    tower.open()
    tower.deliver(tower.put(4))
    tower.run()
    assert tower.copied() == [1]


def test_a_hole_in_the_ledger_itself_parks_the_tenant(tower: Tower) -> None:
    events = tower.put(1, 2, 3, 4)

    class Holed:
        service = "tally"

        def read(self, tenant: str, after: int, limit: int) -> list[Event]:
            return [event for event in tower.tally.read(tenant, after, limit) if event.seq != 3]

        head = tower.tally.head
        heads = tower.tally.heads

    consumer = Consumer(
        COPYING,
        Desk(tower.mirror, MIRROR, SetClock()),
        tower.inbox,
        {"tally": Holed()},
        {"tally": types(Added)},
        tower.counts,
    )
    tower.deliver([events[3]])
    while consumer.step():
        pass

    (row,) = tower.mirror.all_parked()
    assert (row.seq, row.reason) == (4, "Broken: tally の台帳: 372013-4 の直前の事実がありません。")
    assert tower.copied() == [1, 2]


def test_a_fact_that_was_taken_in_place_of_the_ledgers_own_is_noticed_when_that_comes(tower: Tower) -> None:
    (real,) = tower.put(1)
    stray = forged(real, data=b'{"jar":"a","amount":9}', hash=b"\1" * 32, decoded=None)
    tower.deliver([stray])
    tower.run()
    assert tower.copied() == [9]
    tower.deliver([real])
    tower.run()
    (row,) = tower.mirror.all_parked()
    assert (row.seq, row.reason) == (
        1,
        "Broken: tally の台帳 372013-1: この番号で受け取り済みの事実が、台帳の事実と違います。",
    )


def test_a_stray_fact_that_comes_after_the_ledgers_own_is_passed_over(tower: Tower) -> None:
    first, second = tower.put(1, 2)
    stray = forged(first, data=b'{"jar":"a","amount":9}', hash=b"\1" * 32, decoded=None)
    tower.deliver([first, stray])
    tower.run()
    tower.deliver([stray, second])
    tower.run()
    assert tower.mirror.all_parked() == []
    assert tower.copied() == [1, 2]


def test_nothing_is_lost_when_even_parking_is_not_possible(tower: Tower) -> None:
    tower.deliver([*tower.put(POISON_AMOUNT), *tower.put(4, tenant=MATSUDO)])
    tower.mirror.transactions_to_spare, tower.mirror.before_begin = 2, OUTAGE
    with pytest.raises(Unavailable):
        tower.consumer.step()
    assert tower.mirror.all_parked() == []

    tower.mirror.before_begin = None
    tower.run()
    assert [row.tenant for row in tower.mirror.all_parked()] == [TAKAMATSU]
    assert tower.copied(MATSUDO) == [4]


def mended() -> Subscription:
    """The subscription as a new version of the program has it: it can take what the old one could not."""
    return Subscription(
        COPYING.name,
        COPYING.sources,
        COPYING.types,
        Policy({Added: lambda fact: [Copy(fact.jar, min(fact.amount, 9))]}),
    )


def test_a_retry_takes_up_the_tenant_from_where_it_was_parked(tower: Tower) -> None:
    tower.deliver(poison(tower))
    tower.run()
    tower.put(4)

    tower.subscription = mended()
    tower.open()
    assert tower.consumer.retry(TAKAMATSU)
    tower.run()

    assert tower.copied() == [1, 9, 3, 4]
    assert tower.mirror.all_parked() == []


def test_a_retry_that_meets_the_same_trouble_parks_again(tower: Tower) -> None:
    tower.deliver(poison(tower))
    tower.run()
    assert tower.consumer.retry(TAKAMATSU)
    tower.run()
    assert [row.seq for row in tower.mirror.all_parked()] == [2]
    assert tower.copied() == [1]


def test_a_retry_of_a_tenant_that_is_not_parked_says_so_and_harms_nothing(tower: Tower) -> None:
    tower.deliver(tower.put(1))
    tower.run()
    assert not tower.consumer.retry(TAKAMATSU)
    tower.run()
    assert tower.copied() == [1]


def test_a_retry_also_fetches_what_was_lost_meanwhile(tower: Tower) -> None:
    tower.inbox.put(Delivered(forged(tower.put(1)[0], prevhash=b"?" * 32)))
    tower.run()
    tower.put(2, 3)
    tower.consumer.retry(TAKAMATSU)
    tower.run()
    assert tower.copied() == [1, 2, 3]
