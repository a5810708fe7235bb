"""The contract of a bus: order per tenant, every subscription gets everything of its sources, whole."""

import pytest

from shared.flow.ports import Announced, Bus, Delivered, Polled
from tests.contract.backends import BusFactory
from tests.contract.chains import chain
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import MIRROR, TALLY
from tests.unit.flow.reading import attributes


def delivered(messages: list[Polled]) -> list[tuple[str, int]]:
    return [(one.event.tenant, one.event.seq) for one in messages if isinstance(one, Delivered)]


def test_an_inbox_into_which_nothing_came_is_empty(bus_factory: BusFactory, bus: Bus) -> None:
    assert bus_factory.taken(bus.inbox("sub", ("tally",))) == []


def test_events_arrive_in_the_order_of_each_ledger(bus_factory: BusFactory, bus: Bus) -> None:
    inbox = bus.inbox("sub", ("tally",))
    here, there = chain(5), chain(5, tenant=MATSUDO)
    bus.publish([*here[:2], *there[:3]])
    bus.publish([*there[3:], *here[2:]])
    arrived = delivered(bus_factory.taken(inbox))
    assert [seq for tenant, seq in arrived if tenant == TAKAMATSU] == [1, 2, 3, 4, 5]
    assert [seq for tenant, seq in arrived if tenant == MATSUDO] == [1, 2, 3, 4, 5]


def test_events_arrive_whole(bus_factory: BusFactory, bus: Bus) -> None:
    inbox = bus.inbox("sub", ("tally",))
    sent = chain(3)
    bus.publish(sent)
    arrived = [one.event for one in bus_factory.taken(inbox) if isinstance(one, Delivered)]
    assert [attributes(one) for one in arrived] == [attributes(one) for one in sent]
    assert [one.computed_hash() for one in arrived] == [one.hash for one in sent]
    assert [one.fact for one in arrived] == [one.fact for one in sent]


def test_every_subscription_gets_everything(bus_factory: BusFactory, bus: Bus) -> None:
    inboxes = [bus.inbox(name, ("tally",)) for name in ("one", "two")]
    bus.publish(chain(3))
    assert [delivered(bus_factory.taken(inbox)) for inbox in inboxes] == [[(TAKAMATSU, seq) for seq in (1, 2, 3)]] * 2


def test_an_inbox_gets_its_sources_only(bus_factory: BusFactory, bus: Bus) -> None:
    inboxes = {
        sources: bus.inbox("+".join(sources), sources) for sources in [("tally",), ("mirror",), ("tally", "mirror")]
    }
    head = chain(1)[0].head
    bus.publish(chain(2))
    bus.announce([Announced("mirror", TAKAMATSU, head)])
    got = {sources: bus_factory.taken(inbox) for sources, inbox in inboxes.items()}
    assert {sources: (len(delivered(messages)), len(messages)) for sources, messages in got.items()} == {
        ("tally",): (2, 2),
        ("mirror",): (0, 1),
        ("tally", "mirror"): (2, 3),
    }
    assert MIRROR.contract.topic != TALLY.contract.topic


def test_announced_heads_arrive(bus_factory: BusFactory, bus: Bus) -> None:
    inbox = bus.inbox("sub", ("tally",))
    heads = [Announced("tally", town, chain(2, tenant=town)[-1].head) for town in (TAKAMATSU, MATSUDO)]
    bus.announce(heads)
    assert bus_factory.taken(inbox) == heads


def test_nothing_published_and_nothing_announced_is_nothing(bus_factory: BusFactory, bus: Bus) -> None:
    inbox = bus.inbox("sub", ("tally",))
    bus.publish([])
    bus.announce([])
    assert bus_factory.taken(inbox) == []


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_a_poll_takes_at_most_its_limit(bus_factory: BusFactory, bus: Bus, limit: int) -> None:
    inbox = bus.inbox("sub", ("tally",))
    bus.publish(chain(20))
    assert [seq for _, seq in delivered(bus_factory.taken(inbox, limit))] == list(range(1, 21))


def test_an_inbox_opened_later_gets_what_the_bus_has_kept(bus_factory: BusFactory, bus: Bus) -> None:
    bus.publish(chain(3))
    late = delivered(bus_factory.taken(bus_factory.open().inbox("late", ("tally",))))
    assert len(late) == (3 if bus_factory.features.keeps else 0)


def test_a_source_that_nobody_keeps_up_with_holds_up_no_other(bus_factory: BusFactory, bus: Bus) -> None:
    inbox = bus.inbox("sub", ("tally", "mirror"))
    head = chain(1)[0].head
    while bus_factory.features.bounded and bus.has_room("tally"):
        bus.publish(chain(500))
    assert bus.has_room("mirror")
    if bus_factory.features.bounded:
        bus.announce([Announced("mirror", TAKAMATSU, head)])
        assert Announced("mirror", TAKAMATSU, head) in bus_factory.taken(inbox)


def test_a_bus_whose_consumers_do_not_keep_up_says_so_or_keeps_everything_and_never_blocks(
    bus_factory: BusFactory, bus: Bus
) -> None:
    inbox = bus.inbox("sub", ("tally",))
    events = chain(500)
    published = 0
    while bus.has_room("tally") and published < 20 * 500:
        bus.publish(events)
        published += 500
    for _ in range(20):
        bus.publish(events)
    arrived = len(bus_factory.taken(inbox))
    if bus_factory.features.bounded:
        assert published <= arrived < published + 20 * 500
    else:
        assert arrived == published + 20 * 500
    assert bus.has_room("tally")
