/** Options that more than one verb takes; `--json` is in src/core/verb.ts, as verbs of rooms take it, too. */

/** Where a verb does its work. */
export const target = { flags: '--target <name>', description: "local or aws (default: the configuration's)" }

export const config = {
  flags: '--config <file>',
  description: 'the configuration (default: production.config.ts here, else the one of the clone)',
}
export const yes = { flags: '--yes', description: 'ask nothing' }
export const dryRun = { flags: '--dry-run', description: 'show what would be done, and do nothing' }
