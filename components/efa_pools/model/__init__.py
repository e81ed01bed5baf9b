"""What users write, as frozen models. Pure: no Pulumi, no AWS."""
