"""What must hold of a pool beyond its shape. One pure check serves constructor, command line and policies."""
