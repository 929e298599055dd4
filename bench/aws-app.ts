/** The app that `cdk diff` is given: the CDN's stack of a configuration, made as `edge` makes it. It needs no other stack. */
import { stacksOf } from '../infrastructure/compose-on-aws.ts'
import { loadConfiguration } from '../src/config/load.ts'
import { appAt } from '../src/targets/aws/assembly.ts'
import { project } from '../test/instance.ts'
import { testWorld } from '../test/world.ts'

const [file, account = ''] = process.argv.slice(2)
const { configuration } = await loadConfiguration(testWorld().world, project, file, 'aws')
// Where the cdk command looks for what this app makes.
const app = appAt({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' })
for (const { component, define } of stacksOf(configuration, account)) if (component === 'cdn') define(app, new Map())
app.synth()
