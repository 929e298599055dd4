import { join } from 'node:path'
import { portsOf } from '../../../src/core/reserved.ts'
import { balancerPaths, setState } from '../../../src/engines/balancer.ts'
import { withClient } from '../../../src/engines/postgres.ts'
import { tlsFiles } from '../../../src/targets/local/certificate.ts'
import type { Sabotage, Sabotaged, Sabotages } from '../../../test/sabotage.ts'
import { addressesOf } from '../../database/addresses.ts'
import { appReserved } from '../reserved.ts'

const processes = ['api1', 'api2']

/** Each process of the API loads a few lines that a hand wrote, before its own; what comes out of it is the hand's then. */
const withPreload = (title: string, answers: string): Sabotage => ({
  title,
  break: async (on) => {
    const file = join(on.instance.state, 'by-hand.mjs')
    const script = `import http from 'node:http'
const { emit } = http.Server.prototype
let count = 0
http.Server.prototype.emit = function (name, request, response, ...more) {
  const isAsked = name === 'request' && request.url !== '/api/health'
  if (isAsked && (${answers})) return true
  return emit.call(this, name, request, response, ...more)
}
`
    await on.run(['sh', '-c', 'cat > "$0"', file], { input: script })
    for (const name of processes) {
      const variable = join(on.instance.state, 's6', name, 'environment', 'NODE_OPTIONS')
      await on.run(['sh', '-c', 'echo "--import $1" > "$0"', variable, file])
      await on.reload(name)
    }
  },
})

const asSuperuser = (on: Sabotaged, statement: string): Promise<unknown> =>
  withClient({ ...addressesOf(on.instance, tlsFiles(on.instance.state).ca).superuser, database: 'app' }, (client) =>
    client.query(statement),
  )

/** Has both processes replaced by the next converge, as a changed configuration would. */
export async function replaceProcesses(on: Sabotaged): Promise<void> {
  for (const name of processes) await on.edit(`s6/${name}/environment/NODE_ENV`, (text) => `${text.trim()}, by hand\n`)
  await on.converge()
}

const nginxFile = 'engines/nginx/nginx.conf'
const pastTheBalancer = ({ instance }: Sabotaged): readonly [string, string] => [
  `server unix:${balancerPaths(instance).api} `,
  `server 127.0.0.1:${portsOf(instance, appReserved).api[0]} `,
]

export const sabotages: Sabotages = {
  'app.answers': [
    withPreload(
      'every twentieth answer of each process is a 500',
      '++count % 20 === 0 && response.writeHead(500).end()',
    ),
    withPreload('the API answers 200 with nothing in it', 'response.writeHead(200).end()'),
    {
      title: 'one of two processes hangs, and the other answers visitors',
      break: (on) => on.signal('api2', 'SIGSTOP'),
      mend: (on) => on.signal('api2', 'SIGCONT'),
    },
    {
      title: 'the API may not read the games any more',
      break: async (on) => void (await asSuperuser(on, 'revoke select on sports.games from app')),
      mend: async (on) => void (await asSuperuser(on, 'grant select on sports.games to app')),
    },
  ],
  'app.loopbackOnly': [
    {
      title: 'a process of the API is told to listen on every address',
      break: async (on) => {
        await on.edit('s6/api2/environment/HOST', () => '0.0.0.0\n')
        await on.reload('api2')
      },
    },
    {
      title: 'haproxy.cfg is edited to listen on every address',
      break: async (on) => {
        await on.edit('engines/haproxy/haproxy.cfg', (text) => text.replaceAll('bind 127.0.0.1:', 'bind 0.0.0.0:'))
        await on.reload('haproxy')
      },
    },
  ],
  'app.drains': [
    {
      title: 'nginx is led past the balancer, and the processes are replaced',
      break: async (on) => {
        const [through, past] = pastTheBalancer(on)
        await on.edit(nginxFile, (text) => text.replace(through, past))
        await on.reload('nginx')
        await replaceProcesses(on)
      },
      mend: async (on) => {
        const [through, past] = pastTheBalancer(on)
        await on.edit(nginxFile, (text) => text.replace(past, through))
        await on.reload('nginx')
        await replaceProcesses(on)
      },
    },
    {
      title: 'a process is taken out of the balancer and not put back',
      break: (on) => setState(balancerPaths(on.instance).admin, 'api1', 'drain'),
    },
  ],
}
