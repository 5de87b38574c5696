"""What pages compute from the data is remembered while the data stand, and computed once for all that wait for it."""

import gc
from threading import Barrier, Thread
from weakref import ref

import pytest

from pimms_directory.base.memo import memo_by_revision, reading


def test_what_there_is_one_of_is_computed_once_for_all_pages_that_wait():
    asked = []
    barrier = Barrier(4)

    @memo_by_revision(maxsize=1)
    def slow() -> int:
        asked.append(1)
        barrier_of_others.wait(5)
        return len(asked)

    barrier_of_others = Barrier(2)
    answers = []

    def page() -> None:
        barrier.wait(5)
        with reading(7):
            answers.append(slow())

    pages = [Thread(target=page) for _ in range(4)]
    for thread in pages:
        thread.start()
    barrier_of_others.wait(5)  # one of them is at it, and the others ask meanwhile
    for thread in pages:
        thread.join(5)
    assert answers == [1, 1, 1, 1]


def test_another_state_of_the_data_is_computed_anew():
    asked = []

    @memo_by_revision(maxsize=1)
    def compute() -> int:
        asked.append(1)
        return len(asked)

    with reading(7):
        assert (compute(), compute()) == (1, 1)
    with reading(8):
        assert compute() == 2
    assert compute() == 3  # not a page: what a transaction writes may be rolled back


def test_nothing_of_a_former_state_of_the_data_is_kept():
    """Sixteen answers that each hold a former directory are sixteen directories."""

    class Answer:
        pass

    @memo_by_revision(maxsize=16, speaks=True)
    def compute(_argument: int) -> Answer:
        return Answer()

    with reading(7):
        former = [ref(compute(argument)) for argument in range(3)]
        assert all(each() for each in former)
    with reading(8):
        compute(0)
    gc.collect()
    assert not any(each() for each in former)


def test_who_waits_for_one_that_fails_tries_again():
    asked = []

    @memo_by_revision(maxsize=1)
    def compute() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise OSError
        return len(asked)

    with reading(7):
        with pytest.raises(OSError):
            compute()
        assert compute() == 2
