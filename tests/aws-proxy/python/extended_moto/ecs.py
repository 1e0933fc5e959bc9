"""ECS: moto does not tell how far the attachments of a cluster are, such as its capacity providers.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
"""

from moto.ecs.models import Cluster

from extended_moto.extending import extend

extend(Cluster, "attachments_status", "UPDATE_COMPLETE")
