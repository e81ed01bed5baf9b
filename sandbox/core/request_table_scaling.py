"""The part of the translation table for Auto Scaling groups and for who their nodes are.

Sources and form as in `request_table.py`; group.go, group_tag.go, access_entry.go and instance_profile.go of
the Terraform AWS provider. What a pool never asks of a group is refused by name.
"""

from sandbox.core.request_rows import CLIENT, UNMODELLED, Member, same

SCALING_SHAPES: dict[tuple[str, str], dict[str, Member]] = {
    ("autoscaling", "CreateAutoScalingGroupType"): {
        **same(
            "capacityRebalance defaultCooldown defaultInstanceWarmup desiredCapacity healthCheckGracePeriod "
            "healthCheckType instanceMaintenancePolicy launchTemplate maxInstanceLifetime maxSize minSize "
            "placementGroup tags terminationPolicies"
        ),
        "name": Member("AutoScalingGroupName"),
        "protectFromScaleIn": Member("NewInstancesProtectedFromScaleIn"),
        "vpcZoneIdentifiers": Member("VPCZoneIdentifier", "joined"),
        # The refresh is a call of its own, when something changes.
        **same("forceDelete instanceRefresh namePrefix region waitForCapacityTimeout", CLIENT),
        **same(
            "availabilityZoneDistribution availabilityZones capacityReservationSpecification context "
            "desiredCapacityType enabledMetrics forceDeleteWarmPool ignoreFailedScalingActivities "
            "initialLifecycleHooks instanceLifecyclePolicy launchConfiguration loadBalancers "
            "metricsGranularity minElbCapacity mixedInstancesPolicy serviceLinkedRoleArn suspendedProcesses "
            "targetGroupArns trafficSources waitForElbCapacity warmPool",
            UNMODELLED,
        ),
    },
    ("autoscaling", "LaunchTemplateSpecification"): {
        "id": Member("LaunchTemplateId"),
        "name": Member("LaunchTemplateName"),
        "version": Member(),
    },
    ("autoscaling", "InstanceMaintenancePolicy"): same("maxHealthyPercentage minHealthyPercentage"),
    ("autoscaling", "Tag"): same("key propagateAtLaunch value"),
    ("autoscaling", "StartInstanceRefreshType"): same("preferences strategy") | same("triggers", CLIENT),
    ("autoscaling", "RefreshPreferences"): {
        **same(
            "autoRollback checkpointPercentages maxHealthyPercentage minHealthyPercentage "
            "scaleInProtectedInstances skipMatching standbyInstances"
        ),
        # Numbers that the provider types as strings, because Terraform tells 0 from "not set".
        **same("checkpointDelay instanceWarmup", Member(how="number")),
        "alarmSpecification": UNMODELLED,
    },
    ("autoscaling", "CreateOrUpdateTagsType"): same("autoscalingGroupName region", CLIENT)
    | {"tag": Member("Tags", "one")},
    ("autoscaling", "PutScheduledUpdateGroupActionType"): {
        **same(
            "autoscalingGroupName desiredCapacity endTime maxSize minSize recurrence scheduledActionName "
            "startTime timeZone"
        ),
        "region": CLIENT,
    },
    ("autoscaling", "PutLifecycleHookType"): {
        **same(
            "autoscalingGroupName defaultResult heartbeatTimeout lifecycleTransition notificationMetadata "
            "notificationTargetArn roleArn"
        ),
        "name": Member("LifecycleHookName"),
        "region": CLIENT,
    },
    ("eks", "CreateAccessEntryRequest"): {
        **same("clusterName kubernetesGroups principalArn tags type"),
        "userName": Member("username"),
        "region": CLIENT,
    },
    ("iam", "CreateInstanceProfileRequest"): {
        "name": Member("InstanceProfileName"),
        "path": Member(),
        "tags": Member("Tags", "tags"),
        **same("namePrefix role", CLIENT),
    },
}
