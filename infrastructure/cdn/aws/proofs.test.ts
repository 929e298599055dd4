import { tmpdir } from 'node:os'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appAt, type TemplateContent } from '../../../src/targets/aws/assembly.ts'
import { monitoring } from '../../monitoring/guarantees.ts'
import { cdnSettings } from '../settings.ts'
import { cdnProofs, provenSite } from './proofs.ts'
import { CdnStack } from './stack.ts'

let outdir = ''
let template: TemplateContent = {}
beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'edge-proofs-'))
  const app = appAt({ outdir })
  const { domain, certificate, api } = provenSite
  const stack = new CdnStack(app, 'Cdn', {
    env: { account: '000000000000', region: 'us-east-1' },
    name: 'trial',
    settings: cdnSettings.parse({}),
    own: { domain, certificate },
    api: new URL(api),
    alarms: monitoring,
  })
  // Any to CDK, which has just written it: the sections of a template by their names.
  template = app.synth().getStackByName(stack.stackName).template as TemplateContent
})
afterAll(() => rm(outdir, { recursive: true, force: true }))

describe('the template of the CDN', () => {
  it.each(cdnProofs.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', (_type, _says, proof) => {
    expect(proof.template(template)).toEqual(proof.is)
  })

  it('has no type of resource of which nothing is proven', () => {
    const types = new Set(Object.values(template['Resources'] ?? {}).map(({ Type: type }) => type))
    expect([...types].toSorted()).toEqual([...new Set(cdnProofs.map(({ type }) => type))].toSorted())
  })
})
