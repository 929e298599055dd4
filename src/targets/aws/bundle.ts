import { basename } from 'node:path'
import { build } from 'vite'

/**
 * A function of AWS as the stack carries it: one file of the older kind of modules, with all that it imports but the SDK,
 * which the runtime has. It stands in the project, in a folder `bundled` (node src/docs/render.ts writes it there): to deploy
 * takes no build, and a plan shows no change where a tool makes the same program of other letters.
 */
export async function bundled(file: string): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: file,
      write: false,
      // Templates are sent as they are, and have to be small.
      minify: true,
      target: 'node24',
      rolldownOptions: { external: [/^@aws-sdk\//, /^node:/], output: { format: 'cjs', codeSplitting: false } },
    },
  })
  if (!('output' in made)) throw new Error(`${file} was not bundled`)
  const [program, ...more] = made.output
  if (more.length > 0) throw new Error(`${file} became more than one file`)
  return `// Made of functions/${basename(file)}; node src/docs/render.ts makes it.\n${program.code}`
}
