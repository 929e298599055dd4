import { Command, Option } from 'commander'
import { exit, OperatorError } from '../core/errors.ts'
import type { Verb } from '../core/verb.ts'

/** A verb as the command line takes it: its words, arguments and options. */
export function commandOf(program: Command, verb: Verb): Command {
  const command = program.command(verb.name, { hidden: verb.hidden === true }).description(verb.description)
  for (const argument of verb.arguments ?? []) command.argument(argument.name, argument.description)
  for (const option of verb.options) command.addOption(new Option(option.flags, option.description))
  return command
}

/** An option that would be passed over in silence is a promise that nobody keeps. */
export function refuseWithoutMeaning(verb: Verb, command: Command, forAws: boolean): void {
  for (const { flags, only } of verb.options) {
    const option = new Option(flags)
    if (!only || command.getOptionValueSource(option.attributeName()) !== 'cli') continue
    const has = 'with' in only ? command.getOptionValue(only.with) !== undefined : (only.on === 'aws') === forAws
    if (has) continue
    const elsewhere = forAws ? 'means nothing on AWS' : 'means nothing on this machine'
    const why =
      'with' in only
        ? `means nothing without --${only.with.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
        : elsewhere
    throw new OperatorError(option.long ?? flags, why, `edge ${verb.name} --help says what it is for`, exit.usage)
  }
}
