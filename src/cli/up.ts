import { provenLast } from '../../infrastructure/compose.ts'
import { exit } from '../core/errors.ts'
import { inSeconds } from '../core/units.ts'
import { judgementJson, tally } from '../core/verify.ts'
import { recover, sheetGiven } from '../../infrastructure/recovery/from-sheet.ts'
import { adviceJson, adviceLines } from './advice.ts'
import { apply, everything, verifyAndRecord, verifyUnchanged } from './apply.ts'
import { agreedToLose } from './losing.ts'
import { provenJson, proveLast } from './last-proofs.ts'
import { planOf } from './local/plan.ts'
import { ProgressScreen } from './screen/progress.ts'
import { style } from './screen/style.ts'
import { guaranteeTable, summary } from './screen/table.ts'
import { openToChange } from './session.ts'
import { addressLines, lookAt } from './local/status.ts'
import { report } from './report.ts'
import type { VerbRun } from '../core/verb.ts'
import { doWhenUp } from './when-up.ts'

export const up: VerbRun = async (world, _positional, options) => {
  if (options['dryRun'] === true) return report(await planOf(world, everything, options), world, options)
  const json = options['json'] === true
  const { stdout } = world
  const screen = new ProgressScreen(stdout, { silent: json })
  const begun = performance.now()
  const sheet = await sheetGiven(world, options)
  const proves = options['loadTest'] === false ? [] : provenLast
  const opened = await openToChange(world, options, 'up', screen, { k6: proves.length > 0 })
  try {
    const recovered = sheet ? await recover(sheet, opened, screen, options) : undefined
    const recovery = recovered && { says: recovered.says, answersAfter: inSeconds(performance.now() - begun) }
    const session = { ...opened, ...recovered?.session }
    await session.composed.requireWhole()
    if (!(await agreedToLose(session, everything.chosen, options))) return exit.ok
    const actions = await apply(session, everything, screen)
    const isComplete = await doWhenUp(session, everything.chosen, screen)
    const { checks } = session.composed
    // Before the verification, so that what is promised of them is judged by what was just seen.
    const proven = await proveLast(session, proves, screen)
    // A verdict of before the backup failed would still call it verified.
    const unchanged = isComplete && proven.length === 0 && actions.every((action) => action === 'keep')
    const judgements = unchanged
      ? await verifyUnchanged(session, screen)
      : await verifyAndRecord(session, checks, screen)
    screen.close()
    const sums = tally(judgements)
    const bad = proven.filter(({ isGood }) => !isGood)
    const failed = !isComplete || sums.broken > 0 || bad.length > 0
    const seen = await lookAt(session)
    if (json) {
      const guarantees = judgements.map(judgementJson)
      stdout.write(
        `${JSON.stringify({ ...seen, ...sums, guarantees, ...adviceJson(session.composed), ...provenJson(proven), ...(recovery ? { recovery } : {}) }, undefined, 2)}\n`,
      )
      return failed ? exit.failed : exit.ok
    }
    const { dim, yellow } = style(stdout)
    const shown = { all: false, now: world.now(), config: options['config'] }
    stdout.write(`\n${guaranteeTable(judgements, stdout, shown)}\n`)
    stdout.write(addressLines(seen))
    for (const line of adviceLines(session.composed, yellow)) stdout.write(`${line}\n`)
    for (const { lines, next } of bad) stdout.write(`${lines(style(stdout)).join('\n')}\n  next: ${next}\n`)
    if (recovery)
      stdout.write(`\n  recovered ${recovery.says}; it answers ${recovery.answersAfter} after the command began\n`)
    stdout.write(`\n  ${summary(sums)}   ${dim('edge verify --all says why of each')}\n`)
    stdout.write(`  ${dim(`${inSeconds(performance.now() - begun)} in all`)}\n`)
    return failed ? exit.failed : exit.ok
  } finally {
    screen.close()
    await opened.release()
  }
}
