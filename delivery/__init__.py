"""What runs around the engine in pull requests and releases; the workflows call it, and so can you."""
