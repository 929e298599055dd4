import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from 'aws-cdk-lib/core'
import { onTestFinished } from 'vitest'
import { appAt } from '../src/targets/aws/assembly.ts'

/** An app of one test. CDK leaves what it writes, a folder each time, unless it is told where. */
export function testApp(): App {
  const outdir = mkdtempSync(join(tmpdir(), 'edge-cdk-'))
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }))
  return appAt({ outdir })
}
