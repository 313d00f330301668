"""One thread for each test process: workers share the cores, and tiny models need no more."""

import torch


def pytest_configure() -> None:
    torch.set_num_threads(1)
