import { spawn } from 'node:child_process'
import { appendFile, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import { type EdgeRun, project, TestInstance } from './instance.ts'
import { onSmallDisk } from './small-disk.ts'
import { testWorld } from './world.ts'
import { writeFiles } from './write-files.ts'

const { world } = testWorld()
let instance: TestInstance
let built = ''
beforeAll(async () => {
  instance = await TestInstance.make()
  await instance.must('up', '--no-load-test')
  built = join(instance.folder, 'built')
})
afterAll(() => instance.remove())
beforeEach(() => rm(built, { recursive: true, force: true }))

async function build(files: Readonly<Record<string, string>>): Promise<void> {
  await writeFiles(built, files)
}

async function answered(path: string): Promise<string> {
  const { addresses, certificateAuthority } = await instance.status()
  const client = await siteClient({ https: addresses.site, ca: certificateAuthority })
  return (await client.ask(path).finally(() => client.close())).body.toString()
}
const page = (): Promise<string> => answered('/')

type Releases = { readonly live: string; readonly releases: readonly { readonly id: string; readonly live: boolean }[] }
const releases = async (): Promise<Releases> => JSON.parse(await instance.answer('releases', '--json'))

/** A publication with much to compress, once it is under way. */
async function slowPublication(title: string) {
  const scripts = Array.from({ length: 200 }, (_, index) => [`app${index}.js`, `const a${index} = 1\n`.repeat(20_000)])
  await build({ 'index.html': `<title>${title}</title>`, ...Object.fromEntries(scripts) })
  const child = spawn(join(project, 'edge'), ['publish', '--config', instance.file, built], { stdio: 'ignore' })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  await expect
    .poll(async () => (await readdir(join(instance.state, 'site', 'releases'))).some((name) => name.startsWith('.')))
    .toBe(true)
  return { child, ended }
}

/** `… | edge publish -`, with what `source` (a shell command in the built folder) writes. */
async function piped(source: string): Promise<EdgeRun> {
  await mkdir(built, { recursive: true })
  const command = `(${source}) | ${join(project, 'edge')} publish - --config ${instance.file}`
  const ran = await world.run(['sh', '-c', command], { cwd: built })
  return { code: ran.code, stdout: ran.stdout, stderr: ran.stderr }
}

describe('edge publish', () => {
  it('makes a folder live, says so, and does nothing the second time', async () => {
    await build({ 'index.html': '<title>first</title>' })
    const first = await instance.must('publish', built)
    expect(first.stdout).toMatch(/is live at https:.*\n.*edge rollback brings .* back/)
    expect(await page()).toBe('<title>first</title>')
    expect((await instance.must('publish', built)).stdout).toContain('nothing changed: this is live already')
  })

  it('takes a folder by its name from where the operator stands', async () => {
    await build({ 'index.html': '<title>from here</title>' })
    const ran = await world.run([join(project, 'edge'), 'publish', 'built', '--config', instance.file], {
      cwd: instance.folder,
    })
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(await page()).toBe('<title>from here</title>')
  })

  it('names a file that nobody can ask for, because its path is the API’s', async () => {
    await build({ 'index.html': '<title>first</title>', 'api/index.html': 'of the API', 'api/more.html': 'more' })
    const { stdout } = await instance.must('publish', built)
    expect(stdout).toContain("nobody can ask for api/index.html and 1 more: paths below /api are the API's")
  })

  it('writes anew what is damaged of an earlier release where the folder that is live has it', async () => {
    await build({ 'index.html': '<title>one</title>', 'logo.svg': '<svg/>' })
    const earlier: string = JSON.parse((await instance.must('publish', built, '--json')).stdout).release.id
    await build({ 'index.html': '<title>two</title>', 'logo.svg': '<svg/>' })
    await instance.must('publish', built)
    const rollback = async () => (await instance.judgement('cdn.rollback'))?.verdict
    // One file, by the names of both releases.
    await appendFile(join(instance.state, 'site/live/logo.svg'), 'by hand')
    expect(await rollback()).toBe('broken')
    await instance.must('publish', built)
    expect(await rollback()).toBe('kept')
    await appendFile(join(instance.state, 'site/releases', earlier, 'logo.svg'), 'by hand')
    expect(await rollback()).toBe('broken')
    expect((await instance.must('publish', built)).stdout).toContain('written anew, as it was damaged: logo.svg')
    expect(await rollback()).toBe('kept')
  })

  it('refuses a build whose page names a file that it has not, and leaves what was live', async () => {
    const before = await page()
    await build({ 'index.html': '<title>half</title><script src="/assets/index-ABCDEF12.js"></script>' })
    const { code, stderr } = await instance.edge(['publish', built])
    expect([code, stderr]).toEqual([1, expect.stringContaining('index.html names /assets/index-ABCDEF12.js, which')])
    expect(await page()).toBe(before)
  })

  it('takes a tar on standard input', async () => {
    await build({ 'index.html': '<title>piped</title>' })
    expect(await piped('tar -c .')).toMatchObject({ code: 0 })
    expect(await page()).toBe('<title>piped</title>')
  })

  it.each([
    ['is cut off', 'head -c 100000 /dev/zero > a.bin && tar -c . | head -c 50000', 'no whole tar'],
    [
      'is cut off between two files',
      'tar -c index.html assets | head -c $((512 + ($(stat -c %s index.html) + 511) / 512 * 512))',
      'no whole tar: it ends before the mark of its end',
    ],
    ['is compressed', 'tar -cz .', 'no whole tar'],
    ['is none', 'true', 'no whole tar'],
    ['is empty', 'tar -c -T /dev/null', 'is empty'],
    ['has no page', 'mv index.html app.html && tar -c .', 'has no index.html'],
    ['leads out of the folder', 'tar -cP ../production.config.ts', 'no whole tar'],
  ])('refuses a tar that %s, and changes nothing', async (_, source, words) => {
    const before = await releases()
    await build({ 'index.html': '<title>never</title>' })
    const ran = await piped(source)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(words)])
    expect(await releases()).toEqual(before)
    expect(await readdir(join(instance.state, 'run'))).not.toContain('incoming')
  })

  it('takes a tar after one whose folder nobody may enter, and keeps neither the folder nor the lock', async () => {
    await build({ 'index.html': '<title>never</title>', 'locked/app.js': 'never' })
    const locked = await piped('tar -c --mode=000 locked index.html')
    expect([locked.code, locked.stderr]).toEqual([1, expect.stringContaining('locked cannot be read (EACCES)')])
    expect(await readdir(join(instance.state, 'run'))).not.toContain('incoming')
    await build({ 'index.html': '<title>after it</title>' })
    expect(await piped('tar -c index.html')).toMatchObject({ code: 0 })
  })

  it('is ended by a signal while it waits for a tar that does not come', async () => {
    const child = spawn(join(project, 'edge'), ['publish', '-', '--config', instance.file], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    await expect.poll(() => readdir(join(instance.state, 'run')), { interval: 20 }).toContain('incoming')
    child.kill('SIGTERM')
    expect(await ended).toBe(130)
    expect(await readdir(join(instance.state, 'run'))).not.toContain('incoming')
    expect(await instance.must('releases')).toMatchObject({ code: 0 })
  })

  it('has the caches of an nginx that is killed meanwhile forget what is stale', async () => {
    const picture = 'logo.png'
    await build({ 'index.html': '<title>one</title>', [picture]: 'one' })
    await instance.must('publish', built)
    expect(await answered(`/${picture}`)).toBe('one')
    await build({ 'index.html': '<title>two</title>', [picture]: 'two' })
    const nginx = (await instance.status()).engines.find(({ name }) => name === 'nginx')
    process.kill(nginx?.pid ?? 0, 'SIGKILL')
    await instance.must('publish', built)
    await expect.poll(() => answered(`/${picture}`).catch(() => 'nothing')).toBe('two')
  })

  it('takes up a publication that was killed before the caches forgot what is stale', async () => {
    await build({ 'index.html': '<title>three</title>', 'logo.png': 'three' })
    await instance.must('publish', built)
    await writeFile(join(instance.state, 'site', 'unpurged.json'), '["logo.png"]')
    expect((await instance.must('publish', built)).stdout).toContain('nothing changed')
    expect(await readdir(join(instance.state, 'site'))).not.toContain('unpurged.json')
  })

  it('refuses a tar of the folder, and says how one of its content is made', async () => {
    await build({ 'dist/index.html': '<title>never</title>' })
    const ran = await piped('tar -c dist')
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('hint: tar -C dist -c . | edge publish -')])
  })

  it('refuses a folder that is not there as what was typed wrong', async () => {
    const ran = await instance.edge(['publish', join(built, 'nope')])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('nope is not there')])
  })

  it('says what it leaves out', async () => {
    await build({ 'index.html': '<title>hidden</title>', '.env': 'SECRET=1', '.git/config': 'x' })
    const { stdout } = await instance.must('publish', built)
    expect(stdout).toMatch(/1 files, .*; 2 names that begin with a dot are left out/)
  })

  it('names a file that the engines’ user may not read', async () => {
    await build({ 'index.html': '<title>never</title>', 'secret.js': 'nobody reads this' })
    await chmod(join(built, 'secret.js'), 0o000)
    const ran = await instance.edge(['publish', built])
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('secret.js cannot be read (EACCES)')])
  })

  it('on a disk that is full halfway leaves what was live, and says what to do', async () => {
    const before = [await page(), await releases()]
    await build({ 'index.html': '<title>never</title>', 'large.bin': 'x'.repeat(4 * 1024 ** 2) })
    const ran = await onSmallDisk(
      instance,
      { folder: join(instance.state, 'site', 'releases'), size: '2m' },
      'publish',
      built,
    )
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/no space left on the disk\n.*hint: free some/)])
    expect([await page(), await releases()]).toEqual(before)
  })

  it('refuses a second one while the first is under way', async () => {
    const first = await slowPublication('both')
    const second = await instance.edge(['publish', built])
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('publish')])
    expect(await first.ended).toBe(0)
    expect(await page()).toBe('<title>both</title>')
  })

  it('that is ended by Ctrl-C leaves what was live, and can be taken up again', async () => {
    const before = await page()
    const publication = await slowPublication('interrupted')
    publication.child.kill('SIGINT')
    expect(await publication.ended).toBe(130)
    expect(await page()).toBe(before)
    await instance.must('publish', built)
    expect(await page()).toBe('<title>interrupted</title>')
  })
})

describe('edge rollback', () => {
  it('has the release before back, and edge deploy leaves it so', async () => {
    await build({ 'index.html': '<title>good</title>' })
    await instance.must('publish', built)
    await build({ 'index.html': '<title>bad</title>' })
    await instance.must('publish', built)
    const { stdout } = await instance.must('rollback')
    expect(stdout).toMatch(
      /^ {2}the API stays as it is: it runs in \/\S+; put that folder back, then edge deploy app$/m,
    )
    expect(await page()).toBe('<title>good</title>')
    await instance.must('deploy', '--yes', 'cdn')
    expect(await page()).toBe('<title>good</title>')
  })

  it('leads to the release before also where the live one was damaged, and published again', async () => {
    await build({ 'index.html': '<title>before</title>' })
    const before = JSON.parse((await instance.must('publish', built, '--json')).stdout).release.id
    await build({ 'index.html': '<title>damaged</title>' })
    await instance.must('publish', built)
    await writeFile(join(instance.state, 'site', 'live', 'index.html'), 'by hand')
    expect((await instance.must('publish', built)).stdout).toContain(`edge rollback brings ${before} back`)
    const said: unknown = JSON.parse((await instance.must('rollback', '--json')).stdout)
    expect(said).toMatchObject({ release: before, api: null, apiStaysIn: expect.stringMatching(/^\//) })
    expect(await page()).toBe('<title>before</title>')
  })

  it('refuses what is no release, and names the next step', async () => {
    const ran = await instance.edge(['rollback', '1999'])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('there is no release "1999"')])
  })
})

describe('edge releases prune', () => {
  it('deletes nothing that the configuration keeps', async () => {
    const before = await releases()
    expect((await instance.must('releases', 'prune', '--yes')).stdout).toContain('nothing to delete')
    expect(await releases()).toEqual(before)
  })
})

describe('edge explain', () => {
  it('says what a path meets, with the answer of now', async () => {
    const { live } = await releases()
    const { stdout } = await instance.must('explain', '/some/route', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      behaviour: 'app page',
      file: { name: 'index.html', releases: [live] },
      now: { status: 200, cacheControl: 'no-cache' },
    })
  })

  it('says nothing of another site', async () => {
    const ran = await instance.edge(['explain', 'https://www.example.com/some/route'])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('is another site than this one, https://')])
  })
})

describe('an instance that is down', () => {
  beforeAll(() => instance.must('down'))

  it('is published to all the same, and says that nobody answers', async () => {
    await build({ 'index.html': '<title>while it is down</title>' })
    expect((await instance.must('publish', built)).stdout).toContain('nginx does not run: seen when it does')
    expect((await instance.must('publish', built)).stdout).toContain('nginx is down; edge up starts it')
  })
})
