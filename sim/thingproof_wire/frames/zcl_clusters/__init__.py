"""Clusters of the Zigbee Cluster Library, as data: attributes and commands by number and by name."""

from __future__ import annotations

from typing import Final

from thingproof_wire.frames.zcl_clusters import general, lighting, measurement
from thingproof_wire.frames.zcl_clusters.cluster import Attribute, Cluster

CLUSTERS: Final = (*general.CLUSTERS, *lighting.CLUSTERS, *measurement.CLUSTERS)
BY_NUMBER: Final = {cluster.number: cluster for cluster in CLUSTERS}
BY_NAME: Final = {cluster.name: cluster for cluster in CLUSTERS}

__all__ = ["BY_NAME", "BY_NUMBER", "CLUSTERS", "Attribute", "Cluster"]
