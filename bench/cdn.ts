import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askCold } from '../infrastructure/cdn/check-origin.ts'
import { siteClient } from '../infrastructure/cdn/fetch.ts'
import { eachAtOnce } from '../src/core/at-once.ts'
import { compressed } from '../infrastructure/cdn/releases/compress.ts'
import { TestEdge } from '../infrastructure/cdn/proofs/test-edge.ts'
import type { Files } from '../test/write-files.ts'
import { nginxModules } from '../src/engines/nginx.ts'
import { tlsFiles } from '../src/targets/local/certificate.ts'
import { isReady } from '../src/targets/local/ready.ts'
import { TestInstance } from '../test/instance.ts'
import { freePorts } from '../test/ports.ts'
import { testWorld } from '../test/world.ts'
import { lightClient } from './light-client.ts'
import { type Bench, inRounds, type Part } from './part.ts'
import { median, noSamples, result } from './result.ts'

const rounds = 10
const { world } = testWorld()

/** 50 kB that compresses as bundled JavaScript does: words that come back, and numbers that do not. */
function scriptOf(bytes: number): string {
  const words = ['function', 'return', 'const', 'export', 'games', 'odds', 'predictions', 'render', 'state', 'props']
  let text = ''
  while (text.length < bytes) {
    const [a = 0, b = 0, c = 0] = randomBytes(3)
    text += `${words[a % 10]} ${words[b % 10]}${c.toString(36)}(${a * b});`
  }
  return text.slice(0, bytes)
}

/** Processor time of a request for one cached file of 50 kB, by kinds of server and body. */
async function servingCost(bench: Bench): Promise<void> {
  const name = 'assets/app-A1b2C3d4.js'
  const edge = await TestEdge.make({ 'index.html': '<title>bench</title>', [name]: scriptOf(50_000) }, { api: false })
  const plain = await plainNginx(edge)
  try {
    const cost = async (address: string, pid: number, encoding: string, requests: number): Promise<number> =>
      costOfRequests(`${address}/${name}`, pid, encoding, edge.endpoint.ca ?? '', requests)
    const edgePid = Number(await readFile(edge.endpoint.machine?.pidFile ?? '', 'utf8'))
    const ratios = { cached: noSamples(), brotli: noSamples(), onTheFly: noSamples() }
    await inRounds(
      bench,
      rounds,
      async (counts) => {
        const slices = { direct: noSamples(), cached: noSamples(), brotli: noSamples(), onTheFly: noSamples() }
        // By turns: the machine's speed drifts within seconds, each connection meets another worker, and a slice that
        // something else disturbed must not decide.
        for (let slice = 0; slice < 15; slice += 1) {
          slices.direct.push(await cost(plain.address, plain.pid, 'identity', 400))
          slices.cached.push(await cost(edge.endpoint.https, edgePid, 'identity', 400))
          slices.brotli.push(await cost(edge.endpoint.https, edgePid, 'br', 400))
          slices.onTheFly.push(await cost(plain.address, plain.pid, 'br', 24))
        }
        if (!counts) return
        const brotli = median(slices.brotli)
        ratios.cached.push(median(slices.cached) / median(slices.direct))
        ratios.brotli.push(brotli / median(slices.direct))
        ratios.onTheFly.push(brotli / median(slices.onTheFly))
      },
      1,
    )
    bench.found(result('cached file through the edge against plain nginx, CPU', '×', { atMost: 1.2 }, ratios.cached))
    bench.found(result('the same, precompressed, against plain nginx, CPU', '×', { atMost: 0.55 }, ratios.brotli))
    bench.found(result('the same, against brotli on the fly, CPU', '×', { atMost: 0.05 }, ratios.onTheFly))
  } finally {
    await plain.stop()
    await edge.remove()
  }
}

/** nginx with a folder, the edge's own certificate and ciphers, and brotli at its usual level for who asks for it. */
async function plainNginx(edge: TestEdge) {
  const folder = await mkdtemp(join(tmpdir(), 'edge-plain-'))
  const [port = 0] = await freePorts(1)
  const { certificate, key } = tlsFiles(edge.instance.state)
  const file = join(folder, 'nginx.conf')
  await writeFile(
    file,
    `load_module ${nginxModules}/ngx_http_brotli_filter_module.so;
     daemon off; pid ${folder}/nginx.pid; error_log stderr; worker_processes 2;
     events { worker_connections 4096; }
     http {
       include /etc/nginx/mime.types; access_log ${folder}/access.log; sendfile on; tcp_nopush on;
       keepalive_requests 10000; brotli on; brotli_comp_level 6; brotli_types application/javascript;
       client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
       uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
       server {
         listen 127.0.0.1:${port} ssl http2; root ${edge.built};
         ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;
       }
     }`,
  )
  const child = spawn('nginx', ['-c', file, '-e', 'stderr', '-p', folder], { stdio: 'ignore' })
  while (!(await isReady({ kind: 'tcp', port }, world))) await world.sleep(20)
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  return { address: `https://localhost:${port}`, pid: child.pid ?? 0, stop }
}

/** Nanoseconds that an nginx, with its workers, spends on a request, by the mean of so many on four connections. */
async function costOfRequests(
  url: string,
  master: number,
  encoding: string,
  ca: string,
  requests: number,
): Promise<number> {
  const clients = await Promise.all(Array.from({ length: 4 }, () => lightClient(url, encoding, ca)))
  const work = async (count: number): Promise<void> => {
    const each = clients.map(async ({ ask }) => {
      for (let asked = 0; asked < count / clients.length; asked += 1) await ask()
    })
    await Promise.all(each)
  }
  // Shakes hands.
  await work(12)
  const before = await processorTime(master)
  await work(requests)
  const spent = (await processorTime(master)) - before
  for (const client of clients) client.close()
  return spent / requests
}

/** Nanoseconds on a processor, of a process and its children. */
async function processorTime(master: number): Promise<number> {
  const children = (await readFile(`/proc/${master}/task/${master}/children`, 'utf8')).trim().split(' ').filter(Boolean)
  const times = await Promise.all(
    [String(master), ...children].map(async (pid) =>
      Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]),
    ),
  )
  return times.reduce((sum, time) => sum + time, 0)
}

/** 500 visitors ask for one cold file at once: fetches of the origin, and the slowest answer. */
async function coldRequests(bench: Bench): Promise<void> {
  const name = '/assets/app-A1b2C3d4.js'
  const edge = await TestEdge.make(
    { 'index.html': '<title>bench</title>', [name.slice(1)]: scriptOf(50_000) },
    { api: false },
  )
  try {
    const fetches: number[] = []
    const slowest: number[] = []
    await inRounds(bench, rounds, async () => {
      const cold = await askCold(edge.endpoint, name, 500, world)
      fetches.push(cold.fetches)
      slowest.push(cold.slowestMs / 1000)
    })
    bench.found(result('500 cold requests at once: fetches of the origin', '', { atMost: 1 }, fetches))
    bench.found(result('500 cold requests at once: the slowest answer', 's', { atMost: 1 }, slowest))
  } finally {
    await edge.remove()
  }
}

/** 1,000 files, 50 MB: 400 texts as a build writes them, 600 images that nothing makes smaller. */
function manyFiles(): Files {
  const texts = Array.from({ length: 400 }, (_, index): [string, string] => [
    `assets/chunk-${String(index).padStart(4, '0')}A1b2.js`,
    scriptOf(20_000),
  ])
  const images = Array.from({ length: 600 }, (_, index): [string, Uint8Array] => [
    `images/picture-${index}.webp`,
    randomBytes(70_000),
  ])
  return { 'index.html': '<title>bench</title>', ...Object.fromEntries([...texts, ...images]) }
}

/** Publishing as a whole against compressing the same files, and nothing else, with all cores. */
async function publishing(bench: Bench): Promise<void> {
  const ratios: number[] = []
  const unchanged: number[] = []
  await inRounds(bench, rounds, async () => {
    const edge = await TestEdge.make({ 'index.html': '<title>before</title>' }, { api: false })
    try {
      const files = manyFiles()
      await edge.build(files)
      const alone = await seconds(() =>
        eachAtOnce(Object.entries(files), ([name, body]) => compressed(name, Buffer.from(body))),
      )
      ratios.push((await seconds(() => edge.publishBuilt())) / alone)
      unchanged.push(await seconds(() => edge.publishBuilt()))
    } finally {
      await edge.remove()
    }
  })
  bench.found(result('publish 1,000 files (50 MB) against compressing them', '×', { atMost: 2 }, ratios))
  bench.found(result('publish the same again', 's', { atMost: 1 }, unchanged))
}

/** From the command to the first answer of the other release, as a visitor sees it. */
async function verbs(bench: Bench): Promise<void> {
  const instance = await TestInstance.make()
  try {
    await instance.must('up', '--no-load-test')
    const { addresses, certificateAuthority } = await instance.status()
    const folder = join(instance.folder, 'built')
    await mkdir(folder)
    await writeFile(join(folder, 'index.html'), '<title>another</title>')
    await instance.must('publish', folder)
    const client = await siteClient({ https: addresses.site, ca: certificateAuthority })
    const page = async (): Promise<string> => (await client.ask('/')).body.toString()
    const samples: number[] = []
    await inRounds(bench, rounds, async () => {
      const before = await page()
      const releases: { live: string; releases: { id: string }[] } = JSON.parse(
        (await instance.must('releases', '--json')).stdout,
      )
      const other = releases.releases.find(({ id }) => id !== releases.live)?.id ?? ''
      const begun = performance.now()
      const ended = instance.must('rollback', other)
      // Seldom enough to leave the machine to what is measured.
      const over = ended.then(() => world.sleep(10))
      while ((await page()) === before) await Promise.race([world.sleep(10), over])
      samples.push((performance.now() - begun) / 1000)
      await ended
    })
    await client.close()
    bench.found(result('rollback, from the command to the first new answer', 's', { atMost: 0.3 }, samples))
  } finally {
    await instance.remove()
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

export const parts: readonly Part[] = [
  { name: 'cdn serving', measure: servingCost },
  { name: 'cdn cold', measure: coldRequests },
  { name: 'cdn publish', measure: publishing },
  { name: 'cdn rollback', measure: verbs },
]
