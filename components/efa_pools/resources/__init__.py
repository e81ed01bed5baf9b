"""The components: the only place that imports pulumi_aws and pulumi_kubernetes."""
