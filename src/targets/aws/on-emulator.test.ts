import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withFolder } from '../../../test/with-folder.ts'
import { emulatorOf, requireKnownPlace } from './on-emulator.ts'

const here = 'http://127.0.0.1:4566'

describe('an emulator', () => {
  it.each([
    ['all services are asked elsewhere', { AWS_ENDPOINT_URL: here }],
    ['one service is asked elsewhere', { AWS_ENDPOINT_URL_CLOUDFORMATION: here }],
    [
      'another one, beside a private way into AWS',
      {
        AWS_ENDPOINT_URL_S3: 'https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com',
        AWS_ENDPOINT_URL_RDS: here,
      },
    ],
  ])('is what answers where %s', (_, env) => {
    expect(emulatorOf({ env })?.port).toBe('4566')
  })

  it.each([
    ['nothing is said', {}],
    ['nothing is given', { AWS_ENDPOINT_URL: '' }],
    ['it leads into AWS', { AWS_ENDPOINT_URL: 'https://cloudformation-fips.us-east-1.amazonaws.com' }],
    ['the SDK is told to ignore it', { AWS_ENDPOINT_URL: here, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }],
  ])('is not what answers where %s', (_, env) => {
    expect(emulatorOf({ env })).toBeUndefined()
  })

  it('is no place whose name only looks like AWS', () => {
    expect(emulatorOf({ env: { AWS_ENDPOINT_URL: 'http://notamazonaws.com' } })).toBeDefined()
  })
})

describe('a profile that leads the SDK elsewhere', () => {
  beforeEach(() => {
    for (const name of ['AWS_ENDPOINT_URL', 'AWS_PROFILE', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'])
      vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
  })
  afterEach(() => void vi.unstubAllEnvs())

  /** Asks with a configuration of the SDK. */
  const asked = (configuration: string): Promise<void> =>
    withFolder(async (folder) => {
      const file = join(folder, 'config')
      await writeFile(file, configuration)
      vi.stubEnv('AWS_CONFIG_FILE', file)
      await requireKnownPlace('us-east-1')
    })

  it.each([
    ['for all services', `[default]\nendpoint_url = ${here}\n`],
    [
      'for CloudFormation',
      `[default]\nservices = trial\n\n[services trial]\ncloudformation =\n  endpoint_url = ${here}\n`,
    ],
  ])('is refused, with the place: %s', async (_, configuration) => {
    await expect(asked(configuration)).rejects.toThrow(
      expect.objectContaining({
        message: 'the profile leads to 127.0.0.1 (endpoint_url), which is not AWS',
        hints: [expect.stringContaining('AWS_ENDPOINT_URL'), expect.any(String)],
        exitCode: 2,
      }),
    )
  })

  it('is passed over where the SDK is told to ignore it, and where there is none', async () => {
    await expect(asked('[default]\nregion = us-east-1\n')).resolves.toBeUndefined()
    vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'true')
    await expect(asked(`[default]\nendpoint_url = ${here}\n`)).resolves.toBeUndefined()
  })
})
