"""A preview's engine events as what a reviewer must know: pools, nodes, capacity at risk. Pure."""
