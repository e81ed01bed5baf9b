"""Gardener's AWS workers: validation, expansion and hash as it has them, and the way to our pools and back.

Everything here re-states github.com/gardener/gardener-extension-provider-aws at 2ff8d8183 and
github.com/gardener/gardener v1.149.3 over plain mappings. Pure: no pydantic, no Pulumi, no account.
"""
