import pytest

from controller.graph.networkx_store import NetworkxStore
from tests.contracts.graph_store import GraphStoreContract


class TestNetworkxStore(GraphStoreContract):
    @pytest.fixture
    def store(self) -> NetworkxStore:
        return NetworkxStore()
