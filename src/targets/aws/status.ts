import { exit } from '../../core/errors.ts'
import type { Report } from '../../core/target.ts'
import { describedStack, outputsOf } from './describe-stack.ts'
import type { AwsInstance } from './instance.ts'
import type { Placed } from './place.ts'
import { obstacleOf } from './stack-status.ts'

/** What the stacks that are deployed tell of themselves. */
export async function told(stacks: readonly Placed[]) {
  const outputs = await outputsOf(stacks)
  const all = stacks.flatMap((one) => (outputs.has(one.stack) ? (one.tells(outputs) ?? []) : []))
  return {
    json: Object.assign({}, ...all.map(({ json }) => json)),
    rows: all.flatMap(({ rows }) => rows.map(([name, value]) => `  ${name.padEnd(12)}${value}`)),
    next: all.flatMap(({ next }) => (next === undefined ? [] : [`  ${next}`])),
  }
}

/** The stacks as CloudFormation has them, and where everything answers. */
export async function statusOnAws({ name, account, stacks }: AwsInstance): Promise<Report> {
  const seen = await Promise.all(
    stacks.map(async ({ component, stack, region }) => {
      const found = await describedStack(stack, region)
      return { stack, component, region, status: found?.status ?? null }
    }),
  )
  const { json, rows } = await told(stacks)
  const isWhole = ({ status, ...one }: (typeof seen)[number]): boolean =>
    status !== null && obstacleOf(status, one) === undefined
  return {
    json: { instance: name, target: 'aws', account, stacks: seen, ...json },
    lines: ({ bold, green, red }) => [
      `${bold(name)} · aws · account ${account}`,
      '',
      ...seen.flatMap((one) => {
        const sign = isWhole(one) ? green('✓') : red('✗')
        const obstacle = one.status === null ? undefined : obstacleOf(one.status, one)
        return [
          `  ${sign} ${one.stack.padEnd(24)}${one.region.padEnd(16)}${one.status ?? 'not there: edge deploy --target aws'}`,
          ...(obstacle ? [`    ${obstacle.says}: ${obstacle.next}`] : []),
        ]
      }),
      ...(rows.length > 0 ? ['', ...rows] : []),
    ],
    code: seen.every(isWhole) ? exit.ok : exit.failed,
  }
}
