import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deployed } from '../infrastructure/cdn/aws/deployed.ts'
import { cdnProofs, provenSite } from '../infrastructure/cdn/aws/proofs.ts'
import { runEdge } from './instance.ts'
import { deployedStack } from './ministack/deployed-stack.ts'
import { Between, type Rule } from './ministack/between.ts'
import { MiniStack } from './ministack/ministack.ts'

let emulator: MiniStack
let between: Between
let folder = ''
let deployed: Deployed
beforeAll(async () => {
  emulator = await MiniStack.start()
  between = await Between.start(emulator)
  between.rule = withWhatIsNamed
  folder = await mkdtemp(join(tmpdir(), 'edge-proofs-'))
  const { domain, certificate, api, called } = provenSite
  const configuration = {
    name: 'trial',
    target: 'aws',
    serve: { domain },
    aws: { certificate, notify: called },
    site: { static: 'dist', api: { url: api, health: '/api/health' } },
  }
  await writeFile(join(folder, 'production.config.ts'), `export default ${JSON.stringify(configuration)}\n`)
  await must('deploy', 'cdn', '--yes')
  deployed = await deployedStack('trial-cdn', { region: 'us-east-1', endpoint: emulator.address })
})
afterAll(async () => {
  await between.stop()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The emulator chooses the ARNs of certificates and secrets itself: of those that are configured, the answers are ours. */
const withWhatIsNamed: Rule = async ({ body }, answered) => {
  const { certificate, domain, called } = provenSite
  if (body.includes(`"CertificateArn":"${certificate}"`)) {
    const Certificate = { Status: 'ISSUED', SubjectAlternativeNames: [domain] }
    return { status: 200, body: JSON.stringify({ Certificate }) }
  }
  if (body.includes(`"SecretId":"${called.webhookSecret}"`))
    return { status: 200, body: JSON.stringify({ ARN: called.webhookSecret }) }
  return answered()
}

async function must(verb: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runEdge([verb, '--config', join(folder, 'production.config.ts'), ...args], {
    env: between.environment,
  })
  if (code !== 0) throw new Error(`edge ${verb} ended with ${code}\n${stderr}`)
}

describe('the deployed CDN, read back from the emulator', () => {
  const readBack = cdnProofs.flatMap((proof) => (proof.by === 'template' ? [] : [proof]))
  it.each(readBack.map((proof) => [proof.type, proof.says, proof] as const))('%s: %s', async (_type, _says, proof) => {
    expect(await proof.readBack(deployed)).toEqual(proof.is)
  })

  const gaps = cdnProofs.flatMap((proof) =>
    proof.by === 'template' && proof.gap ? [{ ...proof, gap: proof.gap }] : [],
  )
  it.each(gaps.map((proof) => [proof.because, proof.gap] as const))('has the known gap: %s', async (_because, gap) => {
    expect(await gap.readBack(deployed)).toEqual(gap.is)
  })

  it('leaves both buckets there when it is destroyed', async () => {
    await must('destroy', '--yes')
    for (const bucket of ['Store', 'AccessLogs']) {
      const answer = await deployed.s3.send(new HeadBucketCommand({ Bucket: deployed.id(bucket) }))
      expect(answer.$metadata.httpStatusCode).toBe(200)
    }
  })
})
