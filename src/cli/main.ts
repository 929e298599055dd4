import { Command, CommanderError } from 'commander'
import { exit, type ExitCode, Failures, Interrupted, machineError, messageOf, OperatorError } from '../core/errors.ts'
import type { Options } from '../core/options.ts'
import type { World } from '../core/world.ts'
import edge from '../../package.json' with { type: 'json' }
import { style } from './screen/style.ts'
import type { Verb, VerbRun } from '../core/verb.ts'
import { verbs } from './verbs.ts'
import { asHere } from './as-here.ts'
import { commandOf, refuseWithoutMeaning } from './command.ts'

const exitCodes =
  '\nExit codes: 0 all well, 1 something is broken or failed, 2 usage, configuration or prerequisites, 130 interrupted.'

/** Runs one command line and answers its exit code; prints every error once, in words for the operator. */
export async function main(world: World): Promise<ExitCode> {
  let code: ExitCode = exit.ok
  let typed: Options = {}
  const program = new Command('edge')
    .description(edge.description)
    .version(edge.version, '-V, --version', 'show the version of edge')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      getOutHasColors: () => world.stdout.isTTY,
      getErrHasColors: () => world.stderr.isTTY,
      getOutHelpWidth: () => Math.min(world.stdout.columns, 110),
    })
    .addHelpText('after', `\nStart with: edge up\n${exitCodes}`)
  for (const verb of verbs) {
    const command = commandOf(program, verb)
    if (verb.list && world.argv.includes(verb.name)) command.addHelpText('after', `\n${await verb.list()}`)
    if (verb.examples.length > 0)
      command.addHelpText('after', `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join('\n')}`)
    command.addHelpText('after', exitCodes).exitOverride().configureOutput(program.configureOutput())
    command.action(async (...received: unknown[]) => {
      // Commander hands over the arguments, then the options, then the command itself.
      const positional = received.slice(0, -2)
      typed = command.opts()
      code = await (await chosen(verb, world, command))(world, positional, command.opts())
    })
  }
  try {
    await program.parseAsync([...world.argv], { from: 'user' })
    return orInterrupted(code, world)
  } catch (error) {
    return report(error, typed, world)
  }
}

/** The verb, and its options with the target that the command line or the configuration names. */
async function chosen(verb: Verb, world: World, command: Command): Promise<VerbRun> {
  if (!verb.onAws) return verb.load()
  const { isForAws, withAwsPackages } = await import('./target.ts')
  const forAws = await isForAws(world, command.opts())
  refuseWithoutMeaning(verb, command, forAws)
  const run = forAws ? await withAwsPackages(world, verb.load) : await verb.load()
  return (given, positional, options) => run(given, positional, { ...options, target: forAws ? 'aws' : 'local' })
}

/** What was interrupted may still have said how far it came, and that it failed: it did not, it was stopped. */
const orInterrupted = (code: ExitCode, { signal }: World): ExitCode =>
  signal.aborted && code === exit.failed ? exit.interrupted : code

function writeJsonError(where: string, message: string, hints: readonly string[], { stdout }: World): void {
  stdout.write(`${JSON.stringify({ error: { where, message, hints } })}\n`)
}

function report(error: unknown, typed: Options, world: World): ExitCode {
  const { stderr } = world
  const answerJson = (where: string, message: string, hints: readonly string[] = []): void => {
    if (world.argv.includes('--json')) writeJsonError(where, message, hints, world)
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exit.ok
    answerJson('usage', error.message.replace(/^error: /, ''))
    return exit.usage
  }
  // Ctrl-C at a question is an error of the prompts' own.
  const leftPrompt = error instanceof Error && /^(Exit|Abort)PromptError$/.test(error.name)
  if (error instanceof Interrupted || leftPrompt || world.signal.aborted) {
    answerJson('interrupted', 'what runs, runs on', ['the same command takes up where this one stopped'])
    stderr.write('\ninterrupted; what runs, runs on. The same command takes up where this one stopped.\n')
    return exit.interrupted
  }
  const { red, dim } = style(stderr)
  const known = error instanceof OperatorError ? error : machineError(error)
  if (known) {
    const reminder = [asHere(typed, known.hints)].filter((line) => line !== undefined)
    answerJson(known.where, known.message, [...known.hints, ...reminder])
    for (const each of known instanceof Failures ? known.all : [known]) {
      stderr.write(`${red('✗')} ${each.where === '' ? '' : `${each.where}: `}${each.message}\n`)
      for (const hint of each.hints) stderr.write(`  ${dim('hint:')} ${hint}\n`)
    }
    for (const hint of reminder) stderr.write(`  ${dim('hint:')} ${hint}\n`)
    return known.exitCode
  }
  answerJson('edge', `a mistake of edge: ${messageOf(error)}`)
  stderr.write(`${red('✗')} this is a mistake of edge, not yours: ${messageOf(error)}\n`)
  stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`)
  return exit.failed
}
