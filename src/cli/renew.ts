import { access, constants } from 'node:fs/promises'
import { resolve } from 'node:path'
import { notify } from '../agent/history.ts'
import { exit, messageOf, OperatorError } from '../core/errors.ts'
import { alone } from '../core/graph.ts'
import type { Engine } from '../core/plan.ts'
import { tlsFiles } from '../targets/local/certificate.ts'
import { converge, isAsConfigured, type Progress } from '../targets/local/converge.ts'
import { lockInstance } from '../targets/local/lock.ts'
import { reload } from '../targets/local/reload.ts'
import { keepGiven, readGiven, siteTls } from '../targets/local/site-certificate.ts'
import { openExisting, type Session } from './session.ts'
import type { VerbRun } from '../core/verb.ts'

/** Renews the certificates that are due, and nothing else: what the agent does once a day. */
export const renew: VerbRun = async (world, _positional, options) => {
  const session = await openExisting(world, options)
  const { state } = session.instance
  const release = await lockInstance(state, 'renew', world.now()).catch((error: unknown) => {
    if (!(error instanceof OperatorError) || error.where !== 'lock') throw error
    // Days are left for it, and a command of the operator's may take long.
    world.stderr.write(`certificates are looked at tomorrow: ${error.message}\n`)
    return undefined
  })
  if (!release) return exit.ok
  try {
    const problems: unknown[] = []
    const taken = await takeOverFiles(session).catch((error: unknown) => {
      problems.push(error)
      return { changed: false }
    })
    // The other certificates are due whatever is wrong with this one.
    await renewDue(session, taken).catch((error: unknown) => problems.push(error))
    if (problems.length === 0) return exit.ok
    await notify(state, {
      at: world.now().toISOString(),
      id: 'cdn.certificate',
      says: `not renewed: ${problems.map(messageOf).join('; ')}`,
      next: 'edge deploy cdn',
    })
    throw problems[0]
  } finally {
    await release()
  }
}

/** Copies what the operator renewed, where the engines' user may read it; else `edge deploy` does, as root. */
async function takeOverFiles({
  configuration,
  file,
  instance,
  world,
}: Session): Promise<{ readonly changed: boolean }> {
  const { certificate, domain } = configuration.serve
  if (certificate === 'local' || !('files' in certificate)) return { changed: false }
  const { directory } = instance
  const paths = Object.values(certificate.files).flatMap((path) => (path === undefined ? [] : resolve(directory, path)))
  for (const path of paths) {
    const denied = await access(path, constants.R_OK).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'EACCES',
    )
    if (!denied) continue
    world.stderr.write(`${path} is not for ${instance.user.name} to read: edge deploy cdn takes it over (${file})\n`)
    return { changed: false }
  }
  return keepGiven(await readGiven(instance.state, certificate, { directory, domain }, world.now()))
}

/**
 * Makes or orders what is due, and has the engines that use it read it. What else the configuration says by now is the
 * operator's to deploy: an engine that it changed goes on with its own, and with the new certificate.
 */
async function renewDue(session: Session, taken: { readonly changed: boolean }): Promise<void> {
  const { composed, configuration, instance, supervisor, world } = session
  const own = tlsFiles(instance.state).certificate
  const shown = siteTls(instance.state, configuration.serve.certificate).certificate
  const converger = { instance, supervisor, world }
  const reads = (engine: Engine, paths: readonly string[]) => paths.some((path) => engine.watches?.includes(path))
  const engines = composed.plan.filter((part) => part.kind === 'engine').filter((part) => reads(part, [own, shown]))
  const asConfigured = await Promise.all(engines.map((engine) => isAsConfigured(engine, converger)))
  const steps = composed.plan.filter(({ kind, name }) => kind === 'step' && ['certificate', 'acme'].includes(name))
  const plan = alone([...steps, ...engines.filter((_, index) => asConfigured[index])])
  const report = (progress: Progress): void => {
    if (progress.event !== 'done' || progress.action === 'keep') return
    world.stdout.write(`${progress.part.name}: ${progress.detail}\n`)
  }
  const actions = await converge(plan, { ...converger, report })
  const made = plan.some(({ name }, index) => name === 'certificate' && actions[index] === 'run')
  const changed = [...(made ? [own] : []), ...(taken.changed ? [shown] : [])]
  for (const [index, engine] of engines.entries()) {
    if (asConfigured[index] === true || !reads(engine, changed)) continue
    if (!(await supervisor.status(engine.name)).up) continue
    await reload(engine, supervisor, world)
  }
}
