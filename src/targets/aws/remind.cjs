// Runs on AWS each quarter of an hour: CloudWatch tells once that an alarm rings, and nothing of one that joins it while what
// calls for both rings already. The stack carries this text as it is, into a runtime that has the SDK: one file, of the older
// kind of modules, without a build.

const looksEveryMs = 15 * 60_000
/** What begins with the first one was told with it. */
const atOnceMs = 60_000

const begun = (alarm) => Number(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)

/** Alarms that ring, by name; and what calls, where somebody has switched it off. */
async function look(names) {
  const { CloudWatchClient, paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch')
  const asked = { AlarmNames: names, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100 }
  const [ringing, silenced] = [new Map(), new Set()]
  for await (const page of paginateDescribeAlarms({ client: new CloudWatchClient({}) }, asked))
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]) {
      if (alarm.ActionsEnabled === false) silenced.add(alarm.AlarmName)
      else if (alarm.StateValue === 'ALARM') ringing.set(alarm.AlarmName, alarm)
    }
  return { ringing, silenced }
}

/** Whether it is time for a reminder of what has rung since `first`, or something has joined that. */
function isDue(alarms, now, everyMs) {
  const first = Math.min(...alarms.map(begun))
  const rounds = (at) => Math.max(0, Math.floor((at - first) / everyMs))
  const joined = ({ at }) => at > now - looksEveryMs && at <= now && at - first > atOnceMs
  return rounds(now) > rounds(now - looksEveryMs) || alarms.some((alarm) => joined({ at: begun(alarm) }))
}

const line = (alarm) =>
  `${alarm.AlarmName}, since ${new Date(begun(alarm)).toISOString()}: ${alarm.AlarmDescription ?? ''} ${alarm.StateReason ?? ''}`

exports.isDue = isDue

exports.handler = async ({ time }) => {
  const { SNSClient, PublishCommand } = await import('@aws-sdk/client-sns')
  const { ALARMS, CRITICAL_TOPIC, WARNING_TOPIC, INSTANCE, REMIND_EVERY_MS } = process.env
  const stacks = JSON.parse(ALARMS)
  const { ringing, silenced } = await look(
    stacks.flatMap(({ critical, warning }) => [critical, warning].flatMap((its) => [its.caller, ...its.alarms])),
  )
  const of = ({ caller, alarms }) => (silenced.has(caller) ? [] : alarms.flatMap((name) => ringing.get(name) ?? []))
  for (const { critical, warning } of stacks) {
    const [urgent, others] = [of(critical), of(warning)]
    // What is less urgent calls nobody by itself while what is critical rings.
    const [loud, topic] = urgent.length > 0 ? [urgent, CRITICAL_TOPIC] : [others, WARNING_TOPIC]
    if (loud.length === 0 || !isDue(loud, Date.parse(time), Number(REMIND_EVERY_MS))) continue
    const all = loud === urgent ? [...urgent, ...others] : others
    await new SNSClient({}).send(
      new PublishCommand({
        TopicArn: topic,
        Subject: `[${INSTANCE}] still rings: ${all.length} alarm${all.length === 1 ? '' : 's'}`,
        Message: `${all.map(line).join('\n\n')}\n\nWhat to do is in docs/runbooks.`,
      }),
    )
  }
}
