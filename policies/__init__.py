"""The policy pack: rules for stacks with EFA pools, whoever wrote the resources."""
