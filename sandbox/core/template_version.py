"""The version of a launch template that a group of nodes names."""

from sandbox.core.kinds import Asked
from sandbox.core.nodes import data
from sandbox.core.references import LAUNCH_TEMPLATE, outputs_of, with_output
from sandbox.core.values import UNKNOWN, Refused, Values, known


def template_of(asked: Asked) -> Values | None:
    """The launch template's data in the version that is asked for, where the template is known."""
    given = known(asked.inputs, "launchTemplate") or {}
    template, name = outputs_of(asked, LAUNCH_TEMPLATE, given.get("id")), known(given, "name")
    if template is None and name is not None:
        template = with_output(asked.store, LAUNCH_TEMPLATE, "name", name)
        if template is None and not asked.preview:
            message = f"The specified launch template, with template name {name}, does not exist."
            raise Refused("InvalidLaunchTemplateName.NotFoundException", message)
    if given.get("version") is UNKNOWN:
        return None
    version = known(given, "version")
    if template is None or version is None or str(version) in ("$Latest", "$Default"):
        return data(asked.store, given)
    if not str(version).isdigit() or not 1 <= int(version) <= template["latestVersion"]:
        what = f"the specified version {version} for the launch template with ID {template['id']}"
        message = f"Could not find {what}."
        raise Refused("InvalidLaunchTemplateId.VersionNotFound", message)
    return data(asked.store, given)
