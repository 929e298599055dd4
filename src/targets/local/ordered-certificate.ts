import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { OperatorError } from '../../core/errors.ts'
import type { World } from '../../core/world.ts'
import { orderCertificate } from './acme.ts'
import { tlsFiles } from './certificate.ts'
import { makePrivateDirectory, readText, writeAtomically } from './files.ts'
import { daysLeft, lifetimeDays, renewAtDaysLeft } from './renewal.ts'
import { acmeFiles, type AcmeSettings, certificateOf, certificateProblem } from './site-certificate.ts'

/** The first line of the file that nginx shows an ordered certificate from; PEM readers pass over it. */
const orderedFrom = (directory: string): string => `Ordered from ${directory}`

/** Why a certificate has to be ordered; undefined where the one that is there will do. */
export async function orderProblem(
  state: string,
  { directory }: AcmeSettings,
  domain: string,
  now: Date,
): Promise<string | undefined> {
  const text = (await readText(acmeFiles(state).site)) ?? ''
  const from = /^Ordered from (\S+)\n/.exec(text)?.[1]
  if (from === undefined) return 'none was ordered yet'
  if (from !== directory) return `the one that is shown was ordered from ${from}`
  const problem = certificateProblem(text, text, domain, now)
  if (problem !== undefined) return `the ${problem.field} ${problem.what}`
  const certificate = certificateOf(text)
  if (!certificate) return 'it is damaged'
  const left = daysLeft(certificate, now)
  return left > renewAtDaysLeft(lifetimeDays(certificate)) ? undefined : `${left.toFixed(1)} days left`
}

/** Orders a certificate and puts it where nginx reads it; the one before stays until the new one is whole. */
export async function placeOrder(
  state: string,
  settings: AcmeSettings,
  domain: string,
  world: Pick<World, 'now' | 'sleep'>,
): Promise<void> {
  const files = acmeFiles(state)
  await makePrivateDirectory(files.folder)
  const { directory, email } = settings
  const order = {
    directory,
    email,
    domain,
    accountKey: await accountKey(files.account),
    authority: settings.authority === undefined ? undefined : await readText(files.authority),
    challenges: files.challenges,
  }
  const { key, chain } = await orderCertificate(order, world)
  const problem = certificateProblem(chain, key, domain, world.now())
  if (problem !== undefined) {
    throw new OperatorError(
      'serve.certificate.acme',
      `the ${problem.field} that was ordered ${problem.what}`,
      'nothing was changed; is the clock of the machine right?',
    )
  }
  await writeAtomically(files.site, `${orderedFrom(directory)}\n${key.trim()}\n${chain.trim()}\n`)
}

/** The key that the authority knows this instance by: made once, as each new one is a new account there. */
async function accountKey(path: string): Promise<string> {
  const there = await readText(path)
  if (there !== undefined && isKey(there)) return there
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const made = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeAtomically(path, made)
  return made
}

function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === 'private'
  } catch {
    return false
  }
}

/** Whether nginx has something to show: it does not start without a certificate, and none is ordered without nginx. */
export async function placeholderProblem(state: string): Promise<string | undefined> {
  const text = await readText(acmeFiles(state).site)
  if (text === undefined) return 'nothing to show yet'
  return isKey(text) && certificateOf(text)?.checkPrivateKey(createPrivateKey(text)) === true
    ? undefined
    : 'what there is to show is damaged'
}

/** Shows the instance's own certificate until one is ordered. */
export async function placePlaceholder(state: string): Promise<void> {
  const own = tlsFiles(state)
  const files = acmeFiles(state)
  await makePrivateDirectory(files.folder)
  const texts = await Promise.all([readText(own.key), readText(own.certificate)])
  await writeAtomically(files.site, texts.map((text) => text ?? '').join(''))
}
