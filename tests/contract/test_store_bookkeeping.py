"""The contract of a store, second part: answers, positions, generations, checkpoints, what is set aside."""

import traceback

import pytest
import sqlalchemy as sa

from shared.flow.ports import Answer, Parked, Position, Quarantined, Store, Stretch
from tests.contract.chains import chain
from tests.controls import KOSAKA, MATSUDO, TAKAMATSU, TENANTS

AT = "2016-11-01T01:02:03+00:00"
HERE, THERE = ("tally", TAKAMATSU), ("tally", MATSUDO)


def at(seq: int) -> Position:
    return Position(seq, bytes([seq]) * 32, 1, 10 * seq)


# ------------------------------------------------------------------------------------------ answers


def test_answers_are_found_by_tenant_and_key(store: Store) -> None:
    mine, theirs = Answer(b"\x00in", b"\xffout"), Answer(b"in", b"out")
    with store.begin(TENANTS) as tx:
        tx.remember({(TAKAMATSU, "key"): mine, (MATSUDO, "key"): theirs}, AT)
        assert tx.answers({(TAKAMATSU, "key")}) == {(TAKAMATSU, "key"): mine}
        assert tx.answers({(TAKAMATSU, "key"), (MATSUDO, "key"), (MATSUDO, "other")}) == {
            (TAKAMATSU, "key"): mine,
            (MATSUDO, "key"): theirs,
        }


def test_a_key_is_answered_once_only(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.remember({(TAKAMATSU, "key"): Answer(b"", b"first")}, AT)
    with pytest.raises(sa.exc.IntegrityError), store.begin(TENANTS) as tx:
        tx.remember({(TAKAMATSU, "key"): Answer(b"", b"second")}, AT)


def test_an_error_tells_nothing_of_what_was_written(store: Store) -> None:
    """It comes into logs."""
    named = {(TAKAMATSU, "讃岐 花子"): Answer(b"", "屋島 一郎".encode())}
    with store.begin(TENANTS) as tx:
        tx.remember(named, AT)
    with pytest.raises(sa.exc.IntegrityError) as raised, store.begin(TENANTS) as tx:
        tx.remember(named, AT)
    told = "".join(traceback.format_exception(raised.value))
    assert ("answers" in told, "花子" in told, "一郎" in told) == (True, False, False)


# ------------------------------------------------------------------------------------------ positions, generations


def test_a_subscription_has_no_position_before_its_first_event(store: Store) -> None:
    assert store.position("sub", HERE) == 0
    with store.begin(TENANTS) as tx:
        assert tx.positions("sub", 1, {HERE}) == {}


def test_positions_move_by_source_and_tenant(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.move("sub", 1, {HERE: at(1), THERE: at(2)})
    with store.begin(TENANTS) as tx:
        tx.move("sub", 1, {HERE: at(3)})
        assert tx.positions("sub", 1, {HERE, THERE, ("tally", KOSAKA)}) == {HERE: at(3), THERE: at(2)}
        assert tx.positions("sub", 1, {HERE}) == {HERE: at(3)}
    assert (store.position("sub", HERE), store.position("sub", THERE)) == (3, 2)
    assert sorted(store.all_positions()) == [("sub", 1, THERE, at(2)), ("sub", 1, HERE, at(3))]


def test_subscriptions_sources_and_generations_have_positions_of_their_own(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.move("sub", 1, {HERE: at(1)})
        tx.move("sub", 2, {HERE: at(2)})
        tx.move("other", 1, {HERE: at(3)})
        tx.move("sub", 1, {("mirror", TAKAMATSU): at(4)})
        assert tx.positions("sub", 1, {HERE}) == {HERE: at(1)}
        assert tx.positions("sub", 2, {HERE}) == {HERE: at(2)}
        assert tx.positions("other", 1, {HERE}) == {HERE: at(3)}
    assert store.position("sub", ("mirror", TAKAMATSU)) == 4
    sources = [("mirror", TAKAMATSU), ("tally", TAKAMATSU), ("other", TAKAMATSU), ("mirror", KOSAKA)]
    assert store.positions_of("sub", sources) == dict(zip(sources, (4, 1, 0, 0), strict=True))


def test_the_first_generation_of_a_view_is_1(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        assert tx.generation("view") == 1
    with store.reading(*TENANTS) as connection:
        assert store.generation_within(connection, "view") == 1


def test_a_switch_makes_a_generation_the_live_one_and_forgets_the_positions_of_the_others(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.move("view", 1, {HERE: at(1)})
        tx.move("view", 2, {HERE: at(2)})
        tx.move("other", 1, {HERE: at(3)})
    assert store.position("view", HERE) == 1

    with store.begin(TENANTS) as tx:
        tx.switch("view", 2)
        assert tx.generation("view") == 2
        assert tx.standing("view") == (2, set())
        assert tx.standing("other") == (1, set())

    assert store.position("view", HERE) == 2
    assert sorted(store.all_positions()) == [("other", 1, HERE, at(3)), ("view", 2, HERE, at(2))]
    with store.reading(*TENANTS) as connection:
        assert store.generation_within(connection, "view") == 2
        assert store.positions_within(connection, "view") == {HERE: 2}


def test_a_generation_can_be_forgotten(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.move("view", 1, {HERE: at(1)})
        tx.move("view", 2, {HERE: at(2)})
        tx.forget("view", 2)
    assert store.all_positions() == [("view", 1, HERE, at(1))]


# ------------------------------------------------------------------------------------------ checkpoints


def test_ledgers_with_events_past_their_checkpoint_are_listed(store: Store) -> None:
    assert store.unpublished() == {}
    with store.begin(TENANTS) as tx:
        tx.append([*chain(3), *chain(1, tenant=MATSUDO), *chain(2, tenant=KOSAKA)])
    assert store.unpublished() == {KOSAKA: Stretch(0, 2), MATSUDO: Stretch(0, 1), TAKAMATSU: Stretch(0, 3)}

    with store.begin(TENANTS) as tx:
        tx.publish_checkpoint({TAKAMATSU: 2, MATSUDO: 1})
    assert store.unpublished() == {KOSAKA: Stretch(0, 2), TAKAMATSU: Stretch(2, 1)}
    with store.begin(TENANTS) as tx:
        tx.publish_checkpoint({TAKAMATSU: 3, KOSAKA: 2})
    assert store.unpublished() == {}


# ------------------------------------------------------------------------------------------ parked, quarantined


def test_a_tenant_is_parked_per_subscription_with_its_reason(store: Store) -> None:
    row = Parked("sub", TAKAMATSU, "tally", 7, "理由", AT)
    with store.begin(TENANTS) as tx:
        tx.park(row)
        tx.park(Parked("other", MATSUDO, "tally", 1, "reason", AT))
        assert tx.standing("sub")[1] == {TAKAMATSU}
        assert tx.standing("third")[1] == set()
    assert row in store.all_parked()
    assert len(store.all_parked()) == 2


def test_a_tenant_parked_again_has_the_later_reason(store: Store) -> None:
    later = Parked("sub", TAKAMATSU, "tally", 9, "later", AT)
    with store.begin(TENANTS) as tx:
        tx.park(Parked("sub", TAKAMATSU, "tally", 7, "earlier", AT))
        tx.park(later)
    assert store.all_parked() == [later]


def test_a_tenant_is_taken_out_again_once(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.park(Parked("sub", TAKAMATSU, "tally", 7, "reason", AT))
        tx.park(Parked("sub", MATSUDO, "tally", 7, "reason", AT))
        assert tx.unpark("sub", TAKAMATSU)
        assert not tx.unpark("sub", TAKAMATSU)
        assert not tx.unpark("other", MATSUDO)
        assert tx.standing("sub")[1] == {MATSUDO}


def test_garbled_messages_are_kept_in_the_order_they_came_each_place_once(store: Store) -> None:
    rows = [Quarantined("sub", place, b"\x00\xff", "reason", AT) for place in ("b", "a")]
    later = Quarantined("sub", "a", b"\x00\xff", "reason", "2016-11-02T01:02:03+00:00")
    theirs = Quarantined("other", "a", b"\x00\xff", "reason", AT)
    for row in (*rows, later, theirs):
        with store.begin(TENANTS) as tx:
            tx.quarantine(row)
    assert store.all_quarantined() == [*rows, theirs]
