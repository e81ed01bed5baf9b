"""What the components cost beside hand-written Pulumi programs."""
