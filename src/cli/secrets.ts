import { rooms } from '../../infrastructure/rooms.ts'
import { Replacing } from '../../infrastructure/release/replacing.ts'
import { reserved } from '../config/reserved.ts'
import { exit, OperatorError } from '../core/errors.ts'
import { alone } from '../core/graph.ts'
import { unknown } from '../core/nearest.ts'
import { type Options, words } from '../core/options.ts'
import type { Plan } from '../core/plan.ts'
import type { VerbRun } from '../core/verb.ts'
import type { World } from '../core/world.ts'
import { converge, preview } from '../targets/local/converge.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { endRotation, readRotation, type RotationFile, writeRotation } from '../targets/local/rotation.ts'
import { newSecret, writeSecrets } from '../targets/local/secrets.ts'
import { writePasswordFile } from './apply.ts'
import { ProgressScreen } from './screen/progress.ts'
import { openExisting, type Session } from './session.ts'

const kept = Object.entries(reserved.keeps).map(([name, why]) => ({ name, why }))
const replaced = reserved.secrets.filter((name) => !Object.hasOwn(reserved.keeps, name))
/** Rooms whose steps tell their engines of it. */
const told: readonly string[] = rooms
  .filter((room) => ('reserved' in room ? room.reserved.secrets : []).some((name) => replaced.includes(name)))
  .map(({ name }) => name)

/** What is done in each stage, as the operator reads it. */
const stages: Readonly<Record<RotationFile['stage'], string>> = {
  aside: 'programs of the app change to a spare way in',
  back: 'new secrets come into force, and programs of the app come back',
  over: 'the spare way in is closed',
}

/** Replaces secrets of an instance while it serves: what is killed in the middle, the same command takes up. */
export const secrets: VerbRun = async (world, positional, options) => {
  const [action = ''] = words(positional)
  if (action !== 'rotate') throw unknown('secrets', action, ['rotate'])
  const session = await openExisting(world, options)
  const { state } = session.instance
  if (options['dryRun'] === true) {
    const isBegun = (await readRotation(state)) !== undefined
    const would = isBegun ? 'one that was cut off would be taken up' : 'nothing is changed yet'
    return show({ wouldReplace: replaced, continues: isBegun, kept }, [
      `would replace: ${replaced.join(', ')}; ${would}`,
    ])
  }
  const screen = new ProgressScreen(world.stdout, { silent: options['json'] === true })
  const release = await lockInstance(state, 'secrets rotate', world.now())
  try {
    await session.composed.requireWhole()
    const begun = await readRotation(state)
    if (!begun) {
      await requireAsDeployed(session)
      await writeRotation(state, newRotation(session))
    }
    await rotate(state, world, options, screen)
    return show({ replaced, continued: begun !== undefined, kept }, [
      `replaced: ${replaced.join(', ')}`,
      'programs that you gave a password yourself need the new one: edge status shows the file that has it',
    ])
  } finally {
    screen.close()
    await release()
  }

  function show(report: object, lines: readonly string[]) {
    const why = kept.map(({ name, why: reason }) => `kept: ${name}, as ${reason}`)
    const text = [...lines, ...why].map((line) => `  ${line}\n`).join('')
    world.stdout.write(options['json'] === true ? `${JSON.stringify(report, undefined, 2)}\n` : text)
    return exit.ok
  }
}

function newRotation({ instance }: Session): RotationFile {
  const [before, after] = [(name: string) => instance.secrets[name] ?? '', newSecret].map((valueOf) =>
    Object.fromEntries(replaced.map((name) => [name, valueOf(name)])),
  )
  return { stage: 'aside', spare: newSecret(), before: before ?? {}, after: after ?? {} }
}

/** From whatever stage it has come to. Each is written down before anything of it is done. */
async function rotate(state: string, world: World, options: Options, screen: ProgressScreen): Promise<void> {
  for (;;) {
    const rotation = await readRotation(state)
    if (!rotation) return
    if (rotation.stage === 'back') await writeSecrets(state, rotation.after)
    screen.line(`  ${stages[rotation.stage]}`)
    await bring(await openExisting(world, options), screen)
    if (rotation.stage === 'aside') await writeRotation(state, { ...rotation, stage: 'back' })
    if (rotation.stage === 'back') await writeRotation(state, { ...rotation, stage: 'over' })
    if (rotation.stage === 'over') await endRotation(state)
  }
}

/** The engines that are there, and the steps that tell them: nothing else that the configuration says is deployed by this. */
async function partsOf({ composed, supervisor }: Session): Promise<Plan> {
  const services = await supervisor.services()
  const engines = composed.plan.filter(({ kind, name }) => kind === 'engine' && services.includes(name))
  const there = engines.map(({ component }) => component)
  const steps = ({ component }: Plan[number]): boolean => there.includes(component) && told.includes(component)
  return alone(composed.plan.filter((part) => engines.includes(part) || (part.kind === 'step' && steps(part))))
}

async function bring(session: Session, screen: ProgressScreen): Promise<void> {
  const { instance, supervisor, world } = session
  await writePasswordFile(session)
  const replacing = new Replacing(session, 'secrets rotate')
  try {
    await converge(await partsOf(session), { instance, supervisor, world, report: replacing.passesOn(screen.report) })
  } finally {
    await replacing.end(screen)
  }
}

/** Whatever else would be changed is the operator's to deploy. Throws OperatorError. */
async function requireAsDeployed(session: Session): Promise<void> {
  const { instance, supervisor, world } = session
  const engines = (await partsOf(session)).filter(({ kind }) => kind === 'engine')
  if (engines.length === 0) throw new OperatorError(instance.name, 'does not run', 'edge up; then this again')
  const other = (await preview(alone(engines), { instance, supervisor, world, report: () => undefined })).find(
    ({ action }) => action !== 'keep',
  )
  if (!other) return
  const what = `${other.part.name} is not as the configuration says (${other.why}); nothing was changed`
  throw new OperatorError('secrets', what, 'edge plan shows it, edge deploy does it; then this again')
}
