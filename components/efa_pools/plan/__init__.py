"""From a checked pool to every fact that the components register, and the reasons for them."""
