"""Starts MiniStack with what of ours its CloudFormation does not know.

Some types are accepted and nothing is done for them. The lifecycle of a bucket, which its CloudFormation drops and its
S3 knows, is handed to that. docs/aws-proof.md says of each property which of these proves it. What a newer MiniStack
does by itself ends the start, or the deployment, so that the page stays true. A change of outputs alone can be executed,
as on AWS, where it is a change set without a change of any resource.
"""

import runpy
from xml.sax.saxutils import escape

from ministack.core.responses import get_account_id
from ministack.services import s3
from ministack.services.cloudformation import changesets, provisioners

ACCEPTED = (
    "AWS::Backup::RestoreTestingPlan",
    "AWS::Backup::RestoreTestingSelection",
    "AWS::CloudFront::MonitoringSubscription",
    "AWS::Logs::Delivery",
    "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
)


def create(logical_id, props, stack_name):
    name = props.get("Name") or f"{stack_name}-{logical_id}"
    arn = f"arn:aws:logs:us-east-1:{get_account_id()}:{logical_id}:{name}"
    return name, {"Arn": arn, "RestoreTestingPlanArn": arn}


def update(physical_id, old_props, new_props, stack_name):
    return physical_id, {}


def delete(physical_id, props):
    return None


for kind in ACCEPTED:
    if kind in provisioners._RESOURCE_HANDLERS:
        raise SystemExit(f"MiniStack knows {kind} now: take it out of ACCEPTED")
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}


def tags(value):
    """A tree of names and values as XML; a list is its name again and again."""
    return "".join(
        f"<{name}>{tags(one) if isinstance(one, dict) else escape(str(one))}</{name}>"
        for name, inner in value.items()
        for one in (inner if isinstance(inner, list) else [inner])
    )


def lifecycle_rule(rule):
    """A rule of a template as S3's API has it; a property that is not mapped here ends the deployment."""
    rest = dict(rule)
    result = {"ID": rest.pop("Id"), "Filter": {"Prefix": ""}, "Status": rest.pop("Status")}
    expiration = {}
    if "ExpirationInDays" in rest:
        expiration["Days"] = rest.pop("ExpirationInDays")
    if "ExpiredObjectDeleteMarker" in rest:
        expiration["ExpiredObjectDeleteMarker"] = str(rest.pop("ExpiredObjectDeleteMarker")).lower()
    if expiration:
        result["Expiration"] = expiration
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in rest:
            result[name] = rest.pop(name)
    if "NoncurrentVersionTransitions" in rest:
        result["NoncurrentVersionTransition"] = [
            {"NoncurrentDays": one["TransitionInDays"], "StorageClass": one["StorageClass"]}
            for one in rest.pop("NoncurrentVersionTransitions")
        ]
    if rest:
        raise ValueError(f"launcher.py maps no {', '.join(rest)} of a lifecycle")
    return result


def put_lifecycle(name, props):
    rules = (props.get("LifecycleConfiguration") or {}).get("Rules")
    if not rules:
        return
    body = f"<LifecycleConfiguration>{''.join(tags({'Rule': lifecycle_rule(rule)}) for rule in rules)}</LifecycleConfiguration>"
    status, _, answer = s3._put_bucket_lifecycle(name, body.encode())[:3]
    if status != 200:
        raise ValueError(f"the lifecycle of {name} is refused: {answer!r}")


bucket = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
create_bucket, update_bucket = bucket["create"], bucket["update"]


def create_with_lifecycle(logical_id, props, stack_name):
    created = create_bucket(logical_id, props, stack_name)
    if created[0] in s3._bucket_lifecycle:
        raise ValueError("MiniStack makes the lifecycle of a bucket now: take it out of launcher.py")
    put_lifecycle(created[0], props)
    return created


def update_with_lifecycle(physical_id, old_props, new_props, stack_name):
    updated = update_bucket(physical_id, old_props, new_props, stack_name)
    put_lifecycle(updated[0], new_props)
    return updated


bucket.update(create=create_with_lifecycle, update=update_with_lifecycle)

import rooms  # noqa: E402  The types of the other rooms: beside this file.

rooms.teach(provisioners._RESOURCE_HANDLERS)

import database  # noqa: E402  What RDS refuses, and what CloudFormation finds and puts back.

database.teach(provisioners._RESOURCE_HANDLERS)

resolve_for_diff, diff_resources = changesets._resolve_props_for_diff, changesets._diff_resources


def resolve_with_outputs(template, *rest):
    return {**resolve_for_diff(template, *rest), "Outputs": template.get("Outputs")}


class OfOutputsAlone(list):
    """No change of any resource, and yet a change set that can be executed."""

    def __bool__(self):
        return True


def diff_with_outputs(old, new, *rest):
    changes = diff_resources(old, new, *rest)
    return OfOutputsAlone() if not changes and old.get("Outputs") != new.get("Outputs") else changes


changesets._resolve_props_for_diff = resolve_with_outputs
changesets._diff_resources = diff_with_outputs

runpy.run_module("ministack", run_name="__main__")
