import pytest

from controller.graph.networkx_store import NetworkxStore
from tests.contracts.planning import PlanningContract


class TestPlanningOnNetworkx(PlanningContract):
    @pytest.fixture
    def store(self) -> NetworkxStore:
        return NetworkxStore()
