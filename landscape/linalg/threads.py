"""One thread for OpenBLAS where two would wait for each other."""

from contextlib import AbstractContextManager

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Limit OpenBLAS to one thread: on supernodes and on tall, skinny blocks two are slower, on busy cores by far.

    MKL, which PARDISO works with, keeps its threads.
    """
    limited: AbstractContextManager[object] = (
        ThreadpoolController().select(internal_api="openblas").limit(limits=1)
    )
    return limited
