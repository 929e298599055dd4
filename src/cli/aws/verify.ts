import type { DnsRecord } from '../../../infrastructure/cdn/aws/own-name.ts'
import { checksFromOutside } from '../../../infrastructure/cdn/checks.ts'
import { cdn } from '../../../infrastructure/cdn/guarantees.ts'
import type { Judgement } from '../../core/check.ts'
import { exit, OperatorError } from '../../core/errors.ts'
import { bind, verify as judge } from '../../core/verify.ts'
import { words } from '../words.ts'
import { chosenChecks, showJudgements } from '../verify.ts'
import type { VerbRun } from '../../core/verb.ts'
import { checkOnEmulator, emulatorOf, seenOnEmulator } from './emulator.ts'
import { openFromOutside } from './site.ts'

/** The same checks as on one machine, asked of the site on AWS. */
export const verify: VerbRun = async (world, positional, options) => {
  refuseAnotherSite(options)
  const opened = await openFromOutside(world, options)
  try {
    const emulator = emulatorOf(world)
    const endpoint = opened.site.endpoint
    const elsewhere = bind(cdn, checksFromOutside, endpoint)
    const checks = chosenChecks(emulator === undefined ? elsewhere : elsewhere.map(checkOnEmulator), words(positional))
    const { missing } = opened
    const judged = (await judge(checks, world)).map(withNextOnAws)
    const judgements = missing === undefined ? judged : judged.map((judgement) => askedAt(missing, judgement))
    return showJudgements(emulator === undefined ? judgements : judgements.map(seenOnEmulator), world, options)
  } finally {
    opened.site.store.close()
  }
}

/** A judgement whose evidence says that the site's own name has no part in it yet. */
export function askedAt({ name, value }: DnsRecord, judgement: Judgement): Judgement {
  const { verdict } = judgement
  if (!('evidence' in verdict)) return judgement
  const facts = { ...verdict.evidence.facts, 'asked at': `${value}, as ${name} does not lead there yet` }
  return { ...judgement, verdict: { ...verdict, evidence: { ...verdict.evidence, facts } } }
}

/** `--url` is of a site that is not deployed from here; the one on AWS would be judged in its place. */
function refuseAnotherSite(options: Readonly<Record<string, unknown>>): void {
  if (options['url'] === undefined) return
  const hint = 'edge verify cdn --url ADDRESS, without --target; or edge verify --target aws'
  throw new OperatorError('--url', 'is for a site that somebody else deployed', hint, exit.usage)
}

/** Verbs and engines of one machine, where a check advises them; what it says of releases holds on AWS, too. */
const forOneMachine = /\bedge (deploy|logs|status|up)\b/

/** What the checks advise for one machine, as it is on AWS. */
export function withNextOnAws(judgement: Judgement): Judgement {
  const { verdict } = judgement
  if (verdict.is !== 'broken' || !forOneMachine.test(verdict.next)) return judgement
  const next =
    'edge plan cdn --target aws --drift shows what a hand changed; edge deploy cdn --target aws --revert-drift puts it back'
  return { ...judgement, verdict: { ...verdict, next } }
}
