"""The cost of a visit with many municipalities at once against one, the same number of visits in all; waiting until
all has settled, after every piece, included.
"""

import sys

from benchmarks.by_turns import ROUNDS, by_turns, take_turns, whole
from benchmarks.ratios import Ratio
from benchmarks.worlds import settle_in, take_requests, tenant_codes, visits_in_turn, world
from shared.flow.handle import Request

USERS, ORGANISATIONS = 2_000, 200
"""Of all municipalities together: that there are more people is not what is to be seen."""


def measure(visits: int, count: int) -> Ratio:
    whole(visits, count * ROUNDS)
    many, one = [["benchmarks.municipalities", str(visits), str(of)] for of in (count, 1)]
    sides = by_turns(many, one)
    return Ratio(f"cost of a visit, {count} municipalities / 1", sides[0].average, sides[1].average, "µs", at_most=1.2)


def main(visits: int, count: int) -> None:
    """Prepare so many municipalities, then take a part of the visits of all whenever it is asked for."""
    codes = tenant_codes(count)
    with world() as session:
        requests = visits_in_turn(settle_in(session, codes, visits, USERS // count, ORGANISATIONS // count))

        def take(piece: list[Request]) -> None:
            take_requests(session, piece)
            session.system.settle(codes)

        take_turns(requests, visits, take)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
