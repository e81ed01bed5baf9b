"""After the deployment: the nodes that a cluster has, held against the plan of their pools. Pure."""
