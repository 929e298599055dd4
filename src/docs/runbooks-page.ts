/** A page that says what to do, and an alarm that names it. */
export type Runbook = { readonly file: string; readonly title: string }
type Naming = { readonly name: string; readonly runbook: string }

const head = `<!-- rendered by src/docs/render.ts -->

# Runbooks

What to do, a page for each kind of trouble. \`edge status\` shows what rings, \`edge verify\` says what is broken and what to do
next, and each alarm names its page.

Words in capitals are yours. \`edge status\` shows STATE (the folder of the instance), the addresses WRITER, READER and SESSION,
PASSWORDS (the file with their passwords) and AUTHORITY (who signed the site's certificate). CLONE is the folder of edge's clone,
and NAME, on AWS, the name of the instance. *The agent* is edge's own program among the engines of a machine: it beats in the
database, and does by the clock what is due (backups, verifications, drills, certificates).`

/** docs/runbooks/README.md, whole: every page, with the alarms that name it. */
export function runbooksPage(runbooks: readonly Runbook[], alarms: readonly Naming[]): string {
  const rows = runbooks.map(({ file, title }) => {
    const names = [...new Set(alarms.flatMap(({ name, runbook }) => (runbook === file ? [`\`${name}\``] : [])))]
    return `| [${title}](${file}) | ${names.length === 0 ? '–' : names.join(', ')} |`
  })
  return `${[head, '', '| page | alarms that name it |', '|---|---|', ...rows].join('\n')}\n`
}
