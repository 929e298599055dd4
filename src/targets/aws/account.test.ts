import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePorts } from '../../../test/ports.ts'
import { currentAccount } from './account.ts'

/** As on a machine that nobody has prepared for AWS; the network is not asked. */
beforeEach(() => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null')
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
})
afterEach(() => void vi.unstubAllEnvs())

describe('who is asked for on AWS', () => {
  it('is told where credentials may lie, where there are none', async () => {
    await expect(currentAccount(undefined, 'us-east-1')).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringContaining('finds no credentials'),
        hints: expect.arrayContaining([expect.stringContaining('~/.aws/credentials')]),
        exitCode: 2,
      }),
    )
  })

  it('is told of the network, where nobody answers', async () => {
    const [port] = await freePorts(1)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${port}`)
    await expect(currentAccount(undefined, 'us-east-1')).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringContaining('ECONNREFUSED'),
        hints: [expect.stringContaining('does this machine reach AWS?')],
        exitCode: 1,
      }),
    )
  })
})
