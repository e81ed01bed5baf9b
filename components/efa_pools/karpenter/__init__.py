"""Pools in Karpenter's words, from the same plan: an EC2NodeClass and a NodePool for each. Pure.

Source: github.com/aws/karpenter-provider-aws, pkg/apis/crds at tag v1.14.1 (commit bde0065), and the
documents nodeclasses, nodepools, odcrs and settings under website/content/en/docs at commit 1d92708 of
2026-08-21. `networkInterfaces` and `placementGroupSelector` stand in the schema since v1.11.
"""
