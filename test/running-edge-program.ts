// The program, loaded once for many questions, each of which it answers as it would on a command line: most of what a
// short verb costs is to be loaded. It becomes the engines' user for good, as each verb does.
import { apply, everything } from '../src/cli/apply.ts'
import { componentsNamed } from '../src/cli/components.ts'
import { main } from '../src/cli/main.ts'
import { ProgressScreen } from '../src/cli/screen/progress.ts'
import { openToChange } from '../src/cli/session.ts'
import { messageOf } from '../src/core/errors.ts'
import { becomeUser } from '../src/targets/local/privileges.ts'
import type { Answer, Asked } from './running-edge.ts'
import { testWorld } from './world.ts'

const [name = '', uid, gid] = process.argv.slice(2)
// Once all is loaded: the cache of what is compiled is root's.
becomeUser({ name, uid: Number(uid), gid: Number(gid) })
process.on('disconnect', () => process.exit())
// `Asked` is all that test/running-edge.ts sends.
process.on('message', (asked: Asked) => {
  const answered = 'argv' in asked ? answerTo(asked.argv) : converged(asked.config, asked.component)
  answered.then(
    (answer) => process.send?.({ number: asked.number, ...answer }),
    (error: unknown) => process.send?.({ number: asked.number, code: 1, stdout: '', stderr: messageOf(error) }),
  )
})

async function answerTo(argv: readonly string[]): Promise<Answer> {
  const { world, stdout, stderr } = testWorld({ argv })
  return { code: await main(world), stdout: stdout(), stderr: stderr() }
}

/**
 * What `edge deploy` does, without the verification after it: the sabotages look for themselves, at what they broke.
 */
async function converged(config: string, component: string | undefined): Promise<Answer> {
  const { world, stdout, stderr } = testWorld()
  const screen = new ProgressScreen(world.stdout, { silent: true })
  const session = await openToChange(world, { config }, 'deploy', screen, { k6: false })
  const choice = component === undefined ? everything : { chosen: componentsNamed(component), skipped: [] }
  try {
    await apply(session, choice, screen)
    return { code: 0, stdout: stdout(), stderr: stderr() }
  } finally {
    screen.close()
    await session.release()
  }
}
