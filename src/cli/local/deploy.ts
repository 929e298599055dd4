import { confirm } from '@inquirer/prompts'
import { provenLast } from '../../../infrastructure/compose.ts'
import { rooms } from '../../../infrastructure/rooms.ts'
import { loadConfiguration } from '../../config/load.ts'
import type { ComponentName } from '../../core/guarantee.ts'
import { exit } from '../../core/errors.ts'
import { judgementJson, tally } from '../../core/verify.ts'
import type { Report, Wanted } from '../../core/target.ts'
import type { World } from '../../core/world.ts'
import { adviceJson, adviceLines } from '../advice.ts'
import { apply, verifyAndRecord } from '../apply.ts'
import { requireTerminal } from '../ask.ts'
import { documentStepsOf } from '../document-steps.ts'
import { provenJson, proveLast } from '../last-proofs.ts'
import { agreedToLose } from '../losing.ts'
import { choiceOf, planOf } from './plan.ts'
import { ProgressScreen } from '../screen/progress.ts'
import { guaranteeTable, summary } from '../screen/table.ts'
import { project } from '../open.ts'
import { textOption } from '../../core/options.ts'
import { openToChange } from '../session.ts'
import { doWhenUp } from '../when-up.ts'

/** Brings the components to what the configuration says, and verifies them. */
export async function deploy(
  world: World,
  wanted: Wanted,
  options: Readonly<Record<string, unknown>>,
): Promise<Report> {
  const { named, skipped } = wanted
  const { chosen: offered } = choiceOf(wanted)
  const chosen = options['confirm'] === true ? await confirmEach(offered, world, options) : offered
  const choice = { chosen, skipped: [...skipped, ...offered.filter((name) => !chosen.includes(name))] }
  if (options['dryRun'] === true) return planOf(world, choice, options)
  // A minute under load is for whoever asked for it: by its name, or at the question.
  const wants = (name: ComponentName): boolean => named.includes(name) || options['confirm'] === true
  const proves = provenLast.filter((name) => chosen.includes(name) && wants(name))
  const screen = new ProgressScreen(world.stdout, { silent: options['json'] === true })
  const session = await openToChange(world, options, 'deploy', screen, { k6: proves.length > 0 })
  try {
    await session.composed.requireWhole()
    if (!(await agreedToLose(session, chosen, options))) return { json: { changed: 0 }, lines: () => [], code: exit.ok }
    const actions = await apply(session, choice, screen)
    const isComplete = await doWhenUp(session, chosen, screen)
    const proven = await proveLast(session, proves, screen)
    const checks = session.composed.checks.filter(({ guarantee }) => chosen.includes(guarantee.component))
    const judgements = await verifyAndRecord(session, checks, screen)
    const sums = tally(judgements)
    const bad = proven.filter(({ isGood }) => !isGood)
    const changed = actions.filter((action) => action !== 'keep').length
    const shown = { all: false, now: world.now(), config: options['config'] }
    return {
      json: {
        changed,
        ...sums,
        guarantees: judgements.map(judgementJson),
        ...adviceJson(session.composed),
        ...provenJson(proven),
      },
      lines: (paint) => [
        '',
        ...documentStepsOf(chosen),
        ...(sums.broken > 0 ? ['', guaranteeTable(judgements, world.stdout, shown).trimEnd()] : []),
        ...bad.flatMap(({ lines }) => lines(paint)),
        ...adviceLines(session.composed, paint.yellow),
        '',
        `  ${summary(sums)}   edge verify --all says why of each`,
      ],
      code: !isComplete || sums.broken > 0 || bad.length > 0 ? exit.failed : exit.ok,
    }
  } finally {
    screen.close()
    await session.release()
  }
}

async function confirmEach(
  offered: readonly ComponentName[],
  world: World,
  options: Readonly<Record<string, unknown>>,
): Promise<readonly ComponentName[]> {
  if (options['yes'] === true) return offered
  // Before the first question: nobody wants to answer six of them to read of a mistake then.
  await loadConfiguration(world, project, textOption(options, 'config'))
  requireTerminal(world, { where: '--confirm', inScripts: '--yes, and --skip NAME for what to leave out' })
  const chosen: ComponentName[] = []
  for (const { name, words } of rooms.filter((room) => offered.includes(room.name))) {
    const message = `Deploy ${words.question}?`
    if (await confirm({ message, default: true }, { signal: world.signal })) chosen.push(name)
  }
  return chosen
}
