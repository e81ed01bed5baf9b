"""Gardener's AWS workers: its own validation, defaults, expansion and hash, and the way to our pools and back.

Everything here re-states github.com/gardener/gardener-extension-provider-aws at 2ff8d8183 and
github.com/gardener/gardener v1.149.3 over plain mappings. Pure: no pydantic, no Pulumi, no account.
"""
