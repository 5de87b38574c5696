"""What the C library keeps for a server's threads."""

import ctypes
import subprocess
import sys

import pytest

ASKING = """
import ctypes, threading
from pimms_directory.serving import memory

{first}
together = threading.Barrier(4)

def ask():
    together.wait()
    block = bytearray(50_000)
    together.wait()
    return block

threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
memory.give_back()
ctypes.CDLL(None).malloc_stats()
"""


def arenas(first: str) -> int:
    command = [sys.executable, "-c", ASKING.format(first=first)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr.count("Arena ")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="no glibc")
def test_threads_share_one_arena():
    assert arenas("") > 1
    assert arenas("memory.keep_little()") == 1
