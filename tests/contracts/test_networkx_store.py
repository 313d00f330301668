from collections.abc import Iterator

import pytest

from controller.graph.networkx_store import NetworkxStore
from kg_data.triples import Triple
from tests.contracts.graph_store import FACTS, NEW_CAPITAL, GraphStoreContract


class TestNetworkxStore(GraphStoreContract):
    @pytest.fixture
    def store(self) -> NetworkxStore:
        return NetworkxStore()

    def test_a_load_that_fails_changes_nothing(self, loaded: NetworkxStore) -> None:
        def broken() -> Iterator[Triple]:
            yield NEW_CAPITAL
            raise OSError("failed")

        with pytest.raises(OSError, match="failed"):
            loaded.load([], broken(), version=8)
        assert loaded.version == 7
        assert sorted(loaded.facts()) == sorted(FACTS)
        assert list(loaded.named("paris")) == ["Paris"]
