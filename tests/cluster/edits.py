"""``python -m tests.cluster.edits 1000``: is an edit visible through both replicas and nginx within two seconds?"""

from __future__ import annotations

import asyncio
import sys
import time

import psycopg

from tests.cluster.client import Session
from tests.cluster.topology import Topology, started

LIMITS = {"both replicas": 1.0, "nginx": 2.0}  # seconds
REGIONS = ("bretagne", "normandie", "occitanie")  # one editor each, all at the same time
SAMPLES = 4  # connections to each replica, so that both of its workers answer


async def seen(sessions: list[Session], path: str, text: bytes, since: float) -> list[float]:
    """For each session, how long after ``since`` it last saw a page without ``text``, or 0."""

    async def one(session: Session) -> float:
        late = 0.0
        found = 0
        while found < 2:
            answer = await session.get(path)
            if text in answer.body:
                found += 1
            else:
                found, late = 0, answer.began - since
            if answer.began - since > 10:
                return 99.0
            await asyncio.sleep(0.04)
        return late

    return await asyncio.gather(*(one(session) for session in sessions))


Lates = list[dict[str, float]]  # for each edit, when an old page was served last, by whom


async def edit(topology: Topology, editor: int, times: int) -> Lates:
    region = REGIONS[editor]
    lates: Lates = []
    with psycopg.connect(topology.postgresql.url, autocommit=True) as database:
        for number in range(times):
            name = f"{region} {number:05}"
            database.execute("UPDATE directory_region SET name = %s WHERE slug = %s", [name, region])
            since = time.monotonic()
            # New connections each time: which worker accepts is for the kernel to say.
            sessions = [Session(each.client) for each in topology.replicas for _ in range(SAMPLES)]
            sessions += [Session(topology.client, f"127.3.{editor + 1}.{index + 1}") for index in range(2)]
            *directly, one, other = await seen(sessions, f"/regions/{region}/", name.encode(), since)
            lates.append({"both replicas": max(directly), "nginx": max(one, other)})
            for session in sessions:
                session.close()
            if (number + 1) % 50 == 0:
                print(f"{region}: {number + 1} edits, {sum(map(in_time, lates))} in time", flush=True)
    return lates


def in_time(late: dict[str, float]) -> bool:
    return all(late[who] <= limit for who, limit in LIMITS.items())


async def measure(topology: Topology, times: int) -> Lates:
    shares = [times // len(REGIONS) + (editor < times % len(REGIONS)) for editor in range(len(REGIONS))]
    lates = await asyncio.gather(*(edit(topology, editor, share) for editor, share in enumerate(shares)))
    return [late for lates_of_one in lates for late in lates_of_one]


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with started() as topology:
        lates = asyncio.run(measure(topology, times))
    for who, limit in LIMITS.items():
        late = sorted(each[who] for each in lates)
        print(
            f"{sum(each <= limit for each in late)} of {times} edits were visible through {who} within {limit:g} s. "
            f"Old pages were last served after: median {late[times // 2]:.2f} s, "
            f"99 of 100 {late[int(times * 0.99)]:.2f} s, longest {late[-1]:.2f} s."
        )
    return 0 if all(map(in_time, lates)) else 1


if __name__ == "__main__":
    sys.exit(main())
