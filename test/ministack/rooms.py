"""What MiniStack's own APIs of RDS, AWS Backup and DynamoDB know, and its CloudFormation does not hand to them.

Each property that is not mapped here ends the deployment; what a newer MiniStack does by itself ends the start.
"""

import json

from ministack.services import backup, cloudwatch, dynamodb, rds
from ministack.services.cloudformation import provisioners


def flat(value, at=""):
    """Names and values as a query of RDS has them: `Auth.member.1.SecretArn`."""
    if isinstance(value, dict):
        return {key: one for name, inner in value.items() for key, one in flat(inner, f"{at}.{name}" if at else name).items()}
    if isinstance(value, list):
        return {key: one for index, inner in enumerate(value, 1) for key, one in flat(inner, f"{at}.member.{index}").items()}
    return {at: str(value).lower() if isinstance(value, bool) else str(value)}


def asked(answer):
    """What an API answers; a refusal ends the deployment."""
    status, body = answer[0], answer[2]
    if status != 200:
        raise ValueError(body.decode() if isinstance(body, bytes) else str(body))
    return body


def only(props, *known):
    unknown = sorted(set(props) - set(known))
    if unknown:
        raise ValueError(f"rooms.py maps no {', '.join(unknown)}")
    return props


# A read replica: CloudFormation's own makes a second database of it.


def replica_of(create):
    def create_instance(logical_id, props, stack_name):
        source = props.get("SourceDBInstanceIdentifier")
        if not source:
            return create(logical_id, props, stack_name)
        name, attributes = create(logical_id, props, stack_name)
        made = rds._instances.pop(name)
        asked(rds._create_read_replica(flat({"DBInstanceIdentifier": name, "SourceDBInstanceIdentifier": source})))
        found = rds._instances[name]
        # Of what the template says of the replica itself, the API has the rest from the source.
        own = (
            "DBInstanceClass StorageType MaxAllocatedStorage DBParameterGroups VpcSecurityGroups PubliclyAccessible"
            " AutoMinorVersionUpgrade CopyTagsToSnapshot MonitoringInterval MonitoringRoleArn PreferredMaintenanceWindow"
            " IAMDatabaseAuthenticationEnabled PerformanceInsightsEnabled DeletionProtection DBSubnetGroup Endpoint"
        ).split()
        found.update({key: made[key] for key in own})
        found["MultiAZ"] = False
        return name, attributes

    return create_instance


def create_proxy(logical_id, props, stack_name):
    only(props, "Auth", "DBProxyName", "EngineFamily", "IdleClientTimeout", "RequireTLS", "RoleArn", "VpcSecurityGroupIds", "VpcSubnetIds")
    asked(rds._create_db_proxy(flat(props)))
    made = rds._db_proxies.get(props["DBProxyName"])
    return props["DBProxyName"], {"Endpoint": made["Endpoint"], "DBProxyArn": made["DBProxyArn"]}


def update_proxy(physical_id, old_props, new_props, stack_name):
    only(new_props, "Auth", "DBProxyName", "EngineFamily", "IdleClientTimeout", "RequireTLS", "RoleArn", "VpcSecurityGroupIds", "VpcSubnetIds")
    changed = {"IdleClientTimeout": new_props["IdleClientTimeout"], "RequireTLS": new_props["RequireTLS"]}
    asked(rds._modify_db_proxy(flat({"DBProxyName": physical_id, **changed})))
    made = rds._db_proxies.get(physical_id)
    return physical_id, {"Endpoint": made["Endpoint"], "DBProxyArn": made["DBProxyArn"]}


def delete_proxy(physical_id, props):
    asked(rds._delete_db_proxy({"DBProxyName": physical_id}))


def pool(props):
    only(props, "ConnectionPoolConfigurationInfo", "DBInstanceIdentifiers", "DBProxyName", "TargetGroupName")
    which = {"DBProxyName": props["DBProxyName"], "TargetGroupName": props["TargetGroupName"]}
    asked(rds._modify_db_proxy_target_group(flat({**which, "ConnectionPoolConfig": props["ConnectionPoolConfigurationInfo"]})))
    return which


def create_targets(logical_id, props, stack_name):
    which = pool(props)
    asked(rds._register_db_proxy_targets(flat({**which, "DBInstanceIdentifiers": props["DBInstanceIdentifiers"]})))
    return f"{props['DBProxyName']}/default", {"TargetGroupArn": f"{props['DBProxyName']}/default"}


def update_targets(physical_id, old_props, new_props, stack_name):
    pool(new_props)
    return physical_id, {"TargetGroupArn": physical_id}


def keep(physical_id, props):
    return None


def create_selection(logical_id, props, stack_name):
    only(props, "BackupPlanId", "BackupSelection")
    wanted = only(props["BackupSelection"], "IamRoleArn", "ListOfTags", "Resources", "SelectionName")
    made = json.loads(asked(backup._create_selection(props["BackupPlanId"], {"BackupSelection": wanted})))
    return made["SelectionId"], {"SelectionId": made["SelectionId"], "BackupPlanId": props["BackupPlanId"]}


def delete_selection(physical_id, props):
    asked(backup._delete_selection(props["BackupPlanId"], physical_id))


def with_recovery(create):
    """A table with what brings it back, and what makes its items go; CloudFormation drops both."""

    def create_table(logical_id, props, stack_name):
        name, attributes = create(logical_id, props, stack_name)
        recovery = props.get("PointInTimeRecoverySpecification")
        if recovery:
            if dynamodb._pitr_settings.get(name):
                raise ValueError("MiniStack brings tables back now: take it out of rooms.py")
            asked(dynamodb._update_continuous_backups({"TableName": name, "PointInTimeRecoverySpecification": recovery}))
        ends = props.get("TimeToLiveSpecification")
        if ends:
            asked(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": ends}))
        return name, attributes

    return create_table


COMPOSITE = ("AlarmName", "AlarmDescription", "AlarmRule", "AlarmActions", "OKActions")
# Its API takes them and keeps none: docs/aws-proof.md says so.
SUPPRESSING = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def create_composite(logical_id, props, stack_name):
    only(props, *COMPOSITE, *SUPPRESSING)
    asked(cloudwatch._put_composite_alarm({}, {key: props[key] for key in COMPOSITE if key in props}, False, True))
    made = cloudwatch._composite_alarms.get(props["AlarmName"])
    return props["AlarmName"], {"Arn": made["AlarmArn"]}


def update_composite(physical_id, old_props, new_props, stack_name):
    return create_composite(physical_id, new_props, stack_name)


def delete_composite(physical_id, props):
    cloudwatch._composite_alarms.pop(physical_id, None)


def with_sums(record):
    """An alarm about a sum (metric maths), which CloudFormation refuses: kept as the template has it; nobody computes it."""

    def alarm_record(name, props):
        parts = props.get("Metrics")
        if not parts:
            return record(name, props)
        only({key: one for part in parts for key, one in part.items()}, "Expression", "Id", "Label", "MetricStat", "ReturnData")
        rest = {key: one for key, one in props.items() if key != "Metrics"}
        made = record(name, {**rest, "MetricName": "a sum", "Namespace": "of several"})
        for key in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions"):
            made.pop(key, None)
        return made | {"Metrics": [sum_part(part) for part in parts]}

    return alarm_record


def sum_part(part):
    stat = part.get("MetricStat")
    if not stat:
        return part
    return part | {"MetricStat": stat | {"Period": int(stat["Period"])}, "ReturnData": str(part["ReturnData"]).lower() == "true"}


def teach(handlers):
    try:
        provisioners._cw_metric_alarm_record("any", {"Metrics": [{}]})
    except ValueError as error:
        if "not supported" not in str(error):
            raise SystemExit("MiniStack has other words about sums now: see rooms.py")
    else:
        raise SystemExit("MiniStack knows alarms about sums now: take them out of rooms.py")
    provisioners._cw_metric_alarm_record = with_sums(provisioners._cw_metric_alarm_record)
    instance, table = handlers["AWS::RDS::DBInstance"], handlers["AWS::DynamoDB::Table"]
    instance["create"] = replica_of(instance["create"])
    table["create"] = with_recovery(table["create"])
    taught = {
        "AWS::RDS::DBProxy": {"create": create_proxy, "update": update_proxy, "delete": delete_proxy},
        "AWS::RDS::DBProxyTargetGroup": {"create": create_targets, "update": update_targets, "delete": keep},
        "AWS::CloudWatch::CompositeAlarm": {
            "create": create_composite,
            "update": update_composite,
            "delete": delete_composite,
        },
        "AWS::Backup::BackupSelection": {"create": create_selection, "delete": delete_selection},
    }
    for kind, handler in taught.items():
        if kind in handlers:
            raise SystemExit(f"MiniStack knows {kind} now: take it out of rooms.py")
        handlers[kind] = handler
