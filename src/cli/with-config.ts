/**
 * The verbs that take `--config`, each as a command: `edge` alone is also the word for nginx in front. Written down, as
 * verbs.ts leads to all that any of them may do.
 */
const command =
  /\bedge (up|plan|deploy|verify|status|logs|load-test|publish|releases|rollback|explain|down|destroy|drill|backup|restore|database|switchover|losses|notify|alarms|heal|renew|config|prepare)\b(?!.*--config)/

/**
 * Commands are advised without their options: where a configuration was named, they would go to another one as they are
 * typed from the screen. Undefined where nothing has to be said.
 */
export function withConfig(config: unknown, advice: readonly string[]): string | undefined {
  const isNeeded = typeof config === 'string' && advice.some((line) => command.test(line))
  return isNeeded ? `with --config ${config} each time, as here` : undefined
}
