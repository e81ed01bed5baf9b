"""A stack's facts against a live account, with calls that only read. boto3 is imported nowhere else."""
