"""Starts MiniStack with the resource types of ours that it does not know.

They are accepted and nothing is done for them: what they promise is proven on the template (docs/aws-proof.md). One
that a newer MiniStack knows by itself ends the start, so that the list stays true.
"""

import runpy

from ministack.core.responses import get_account_id
from ministack.services.cloudformation import provisioners

ACCEPTED = (
    "AWS::CloudFront::MonitoringSubscription",
    "AWS::Logs::Delivery",
    "AWS::Logs::DeliveryDestination",
    "AWS::Logs::DeliverySource",
)


def create(logical_id, props, stack_name):
    name = props.get("Name") or f"{stack_name}-{logical_id}"
    arn = f"arn:aws:logs:us-east-1:{get_account_id()}:{logical_id}:{name}"
    return name, {"Arn": arn}


def update(physical_id, old_props, new_props, stack_name):
    return physical_id, {}


def delete(physical_id, props):
    return None


for kind in ACCEPTED:
    if kind in provisioners._RESOURCE_HANDLERS:
        raise SystemExit(f"MiniStack knows {kind} now: take it out of ACCEPTED")
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}

runpy.run_module("ministack", run_name="__main__")
