import type { z } from 'zod'
import { type Field, fieldsOf } from '../config/fields.ts'
import { literal } from '../config/literal.ts'
import { kindOf } from './kind.ts'

const head = `# Configuration

One file, \`production.config.ts\`: what \`--config FILE\` names, else the one of the folder that \`edge\` is called from, else the
one of the clone. Only \`site\` must be there; every other value has a default, most of them the numbers of the
production document: the requirements of AI Sports Edge, for which \`edge\` was made. \`edge config\` shows all values in
force and where each comes from. A mistake changes nothing: all mistakes are shown together, and the exit code is 2.

Times and sizes carry their unit: \`'300 seconds'\`, \`'1.5 hours'\`, \`'7 days'\`, \`'256 MB'\` (binary: 1 MB = 1024 · 1024 bytes).
Default **D**: the number stands in the production document; the others are ours. *needed*: where the object around it is
written; \`site.api\` (with \`command\` or with \`url\`) and \`site.migrations\` may be left out altogether.

*Rendered from the code by \`node src/docs/render.ts\`; a test holds it up to date.*
`

/** docs/configuration.md, whole. */
export function configurationPage(schema: z.ZodType): string {
  const fields = fieldsOf(schema)
  const top = fields.filter(({ path }) => !path.includes('.'))
  const single = top.filter(({ group }) => !group)
  const sections = top.filter(({ group }) => group).map((section) => renderSection(section, fields))
  return `${[head, table(single), ...sections].join('\n')}`
}

function renderSection(section: Field, fields: readonly Field[]): string {
  const inside = fields.filter(({ path }) => path.startsWith(`${section.path}.`))
  return `## \`${section.path}\`\n\n${section.doc?.doc ?? ''}\n\n${table(inside)}`
}

function table(fields: readonly Field[]): string {
  const rows = fields.filter(hasValue).map((field) => {
    const why = field.doc?.why === undefined ? '' : ` (${field.doc.why})`
    const cells = [code(field.path), cell(kindOf(field.schema)), fallback(field), cell(`${field.doc?.doc ?? ''}${why}`)]
    return `| ${[...cells, code(literal(field.doc?.example))].join(' | ')} |`
  })
  return `${['| field | takes | default | what it is | example |', '|---|---|---|---|---|', ...rows].join('\n')}\n`
}

/** A group of fields has no value of its own; its fields follow. A list of objects has one, and they follow it, too. */
const hasValue = ({ group, schema }: Field): boolean => !group || kindOf(schema) !== 'object'

function fallback({ default: value, doc, required, path, group }: Field): string {
  if (required) return 'needed'
  if (value === undefined) return '–'
  const text = group ? 'see `edge config --json`' : code(literal(value))
  return doc?.source === 'document' && !path.includes('[]') ? `${text} **D**` : text
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => `\`${cell(text)}\``
