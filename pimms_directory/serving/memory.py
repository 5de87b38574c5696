"""How the C library of a server that answers with threads keeps memory: little, and given back.

Left alone, glibc opens an arena for each of the threads that asks while another one does, and learns from the first
large block freed (a picture, an export) to keep such blocks. Where there is no glibc, nothing happens.
"""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h
KB = 1024


def keep_little() -> None:
    """Before the first thread: one arena (Python's own lock lets one thread ask at a time), large blocks apart."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for option, value in ((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, 128 * KB), (M_TRIM_THRESHOLD, 128 * KB)):
            mallopt(option, value)


def give_back() -> None:
    """What was freed amid what is kept; some milliseconds."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
