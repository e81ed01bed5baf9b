"""What users write, as frozen pydantic models. Pure: no Pulumi, no AWS."""
