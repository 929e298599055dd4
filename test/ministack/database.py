"""What RDS and CloudFormation do with a database, and MiniStack does not.

RDS deletes nothing that is protected, makes no storage smaller, gives no name twice, knows each class and each parameter
by its name, and has an instance wait for a restart where one is read at the start alone. CloudFormation finds what a hand
changed of instances, parameter groups and security groups, puts it back where it is asked to (DeploymentMode REVERT_DRIFT),
and keeps in a stack what a failed creation could not take away. None of it says anything of AWS: it shows what edge does
when AWS does this.
"""

import contextvars
import pathlib
import re

from ministack.services import cloudformation, ec2, rds
from ministack.services.cloudformation import changesets, drift, handlers, provisioners, stacks

PARAMETERS = dict(
    line.split() for line in pathlib.Path(__file__).with_name("postgres-15-parameters.txt").read_text().splitlines()
)


def refuse_protected(delete):
    def delete_instance(physical_id, props):
        if rds._instances.get(physical_id, {}).get("DeletionProtection"):
            raise ValueError("Cannot delete protected DB Instance, please disable deletion protection and try again.")
        delete(physical_id, props)

    return delete_instance


def refuse_smaller(update):
    def update_instance(physical_id, old_props, new_props, *rest):
        wanted, has = int(new_props.get("AllocatedStorage") or 0), rds._instances.get(physical_id, {}).get("AllocatedStorage", 0)
        is_changed = old_props.get("AllocatedStorage") != new_props.get("AllocatedStorage")
        if is_changed and wanted and wanted < has:
            raise ValueError(f"The storage of {physical_id} cannot be reduced from {has} to {wanted} GB.")
        return update(physical_id, old_props, new_props, *rest)

    return update_instance


# What its own DescribeOrderableDBInstanceOptions answers.
CLASS = re.compile(r"db\.(t3\.(micro|small|medium|large)|[rm]5\.(large|xlarge|2xlarge))")


def known_class(handle):
    def handle_instance(first, second, third, *rest):
        # What creates is given properties second, what updates third.
        props = third if isinstance(third, dict) else second
        if not CLASS.fullmatch(props.get("DBInstanceClass", "")):
            raise ValueError(f"Invalid DB Instance class: {props.get('DBInstanceClass')}")
        return handle(first, second, third, *rest)

    return handle_instance


def refuse_taken(create):
    def create_instance(logical_id, props, stack_name):
        if props.get("DBInstanceIdentifier") in rds._instances:
            raise ValueError(f"DB instance {props['DBInstanceIdentifier']} already exists")
        return create(logical_id, props, stack_name)

    return create_instance


def known_parameters(handler):
    def handle(*args):
        # Properties are the second of what creates, and the third of what updates.
        props = args[2] if isinstance(args[2], dict) else args[1]
        for name in props.get("Parameters") or {}:
            if name.lower() not in {one.lower() for one in PARAMETERS}:
                raise ValueError(f"Could not find parameter with name: {name}")
        return handler(*args)

    return handle


def waits_for_restart(update):
    def update_group(physical_id, old_props, new_props, *rest):
        updated = update(physical_id, old_props, new_props, *rest)
        old, new = old_props.get("Parameters") or {}, new_props.get("Parameters") or {}
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if any(PARAMETERS.get(name) == "restart" for name in changed):
            for instance in rds._instances.values():
                for group in instance.get("DBParameterGroups", []):
                    if group["DBParameterGroupName"] == physical_id:
                        group["ParameterApplyStatus"] = "pending-reboot"
        return updated

    return update_group


finish_reboot = rds._finish_instance_reboot


def reboot_applies(instance, cluster):
    for group in instance.get("DBParameterGroups", []):
        group["ParameterApplyStatus"] = "in-sync"
    finish_reboot(instance, cluster)


# What a hand changed: how each of these is now, in the words of a template.

SAME_NAME = (
    "AutoMinorVersionUpgrade BackupRetentionPeriod CopyTagsToSnapshot DBInstanceClass DeletionProtection MaxAllocatedStorage"
    " MonitoringInterval MultiAZ PubliclyAccessible StorageEncrypted StorageType"
).split()
OTHER_NAME = {
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
}


def read_instance(physical_id, props):
    found = rds._instances.get(physical_id)
    if found is None:
        return None
    return {
        **{name: found.get(name) for name in SAME_NAME},
        **{name: found.get(api) for name, api in OTHER_NAME.items()},
        "AllocatedStorage": str(found.get("AllocatedStorage")),
        "DBParameterGroupName": found["DBParameterGroups"][0]["DBParameterGroupName"],
        "VPCSecurityGroups": [one["VpcSecurityGroupId"] for one in found.get("VpcSecurityGroups", [])],
    }


def read_parameters(physical_id, props):
    found = rds._param_groups.get(physical_id)
    if found is None:
        return None
    return {"Parameters": {name: one["ParameterValue"] for name, one in found.get("Parameters", {}).items()}}


def rules(permissions):
    """Rules as a template has them, one for each peer."""
    return [
        {
            **{key: one[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in one},
            **({"CidrIp": peer["CidrIp"]} if "CidrIp" in peer else {"SourceSecurityGroupId": peer["GroupId"]}),
            **({"Description": peer["Description"]} if "Description" in peer else {}),
        }
        for one in permissions
        for peer in [*one.get("IpRanges", []), *one.get("UserIdGroupPairs", [])]
    ]


def read_group(physical_id, props):
    found = ec2._security_groups.get(physical_id)
    if found is None:
        return None
    return {
        "SecurityGroupIngress": rules(found.get("IpPermissions", [])),
        "SecurityGroupEgress": rules(found.get("IpPermissionsEgress", [])),
    }


READERS = {
    "AWS::RDS::DBInstance": (
        read_instance,
        frozenset([*SAME_NAME, *OTHER_NAME, "AllocatedStorage", "DBParameterGroupName", "VPCSecurityGroups"]),
    ),
    "AWS::RDS::DBParameterGroup": (read_parameters, frozenset(["Parameters"])),
    "AWS::EC2::SecurityGroup": (read_group, frozenset(["SecurityGroupIngress", "SecurityGroupEgress"])),
}

# What a change set that puts back has to do: of each resource what a hand changed, as it is now.
reverting = contextvars.ContextVar("reverting", default=None)


def live_properties(stack):
    """What is otherwise, by resource; None for one that is gone."""
    found = {}
    for logical_id, record in stack.get("_resources", {}).items():
        reader = READERS.get(record.get("ResourceType"))
        if reader is None:
            continue
        seen = drift.detect_resource_drift(stack, logical_id, record, "")
        names = {one["PropertyPath"].split("/")[1] for one in seen.get("PropertyDifferences", [])}
        now = reader[0](record["PhysicalResourceId"], record["Properties"])
        if now is None or names:
            found[logical_id] = now and {name: now[name] for name in names}
    return found


def create_change_set(create):
    def handle(params):
        name, stack_name = changesets._p(params, "ChangeSetName"), changesets._p(params, "StackName")
        stack = cloudformation._stacks.get(stack_name)
        is_reverting = stack is not None and changesets._p(params, "DeploymentMode") == "REVERT_DRIFT"
        live = live_properties(stack) if is_reverting else {}
        token = reverting.set({"live": live, "of": "before"})
        try:
            answer = create(params)
        finally:
            reverting.reset(token)
        if live and answer[0] == 200:
            changesets._find_change_set(name, stack_name)[1]["_live"] = live
        return answer

    return handle


def execute_change_set(execute):
    def handle(params):
        found = changesets._find_change_set(changesets._p(params, "ChangeSetName"), changesets._p(params, "StackName"))[1]
        stack = cloudformation._stacks[found["StackName"]] if found else {}
        stack.pop("_expected", None)
        if found and found.get("_live"):
            resources = stack["_resources"]
            stack["_expected"] = {one: dict(resources[one]["Properties"]) for one, live in found["_live"].items() if live}
            for logical_id, live in found["_live"].items():
                if live is None:
                    del resources[logical_id]
                else:
                    resources[logical_id]["Properties"].update(live)
        return execute(params)

    return handle


def with_live(resolve):
    """Of a change set that puts back, the template that is compared with is what is there."""

    def resolved(template, *rest):
        answer = resolve(template, *rest)
        now = reverting.get()
        if now and now["of"] == "before":
            now["of"] = "after"
            for logical_id, live in now["live"].items():
                resource = answer["Resources"].pop(logical_id)
                if live is not None:
                    answer["Resources"][logical_id] = {**resource, "Properties": {**resource.get("Properties", {}), **live}}
        return answer

    return resolved


roll_back = stacks._roll_back_operation


async def keep_what_is_left(stack_name, stack_id, stack, operation, *rest):
    await roll_back(stack_name, stack_id, stack, operation, *rest)
    # What a hand changed is there again, and is none the less not what the template says.
    for logical_id, properties in stack.pop("_expected", {}).items():
        stack["_resources"][logical_id]["Properties"] = properties
    if stack["StackStatus"] != "ROLLBACK_FAILED":
        return
    for logical_id, one in stack.get("_rollback_failed", {}).items():
        stack["_resources"][logical_id] = {
            "LogicalResourceId": logical_id,
            "ResourceStatus": "DELETE_FAILED",
            "Attributes": {},
            "Timestamp": stacks.now_iso(),
            **one,
        }


def teach(handlers_by_type):
    for kind in READERS:
        if drift.supports_drift(kind):
            raise SystemExit(f"MiniStack compares {kind} now: take it out of database.py")
    drift._DRIFT_READERS.update(READERS)
    instance, group = handlers_by_type["AWS::RDS::DBInstance"], handlers_by_type["AWS::RDS::DBParameterGroup"]
    instance["delete"] = refuse_protected(instance["delete"])
    instance["create"] = known_class(refuse_taken(instance["create"]))
    instance["update"] = known_class(refuse_smaller(instance["update"]))
    group["create"] = known_parameters(group["create"])
    group["update"] = known_parameters(waits_for_restart(group["update"]))
    rds._finish_instance_reboot = reboot_applies
    stacks._roll_back_operation = keep_what_is_left
    changesets._resolve_props_for_diff = with_live(changesets._resolve_props_for_diff)
    actions = handlers._ACTION_HANDLERS
    actions["CreateChangeSet"] = create_change_set(actions["CreateChangeSet"])
    actions["ExecuteChangeSet"] = execute_change_set(actions["ExecuteChangeSet"])
