import type { ExitCode } from './errors.ts'
import type { Judgement } from './check.ts'
import type { ComponentName } from './guarantee.ts'
import type { BoundCheck } from './verify.ts'

/** What a command line names: components, all where it names none; and those that must not be touched. */
export type Wanted = { readonly named: readonly ComponentName[]; readonly skipped: readonly ComponentName[] }

/** Colours of a terminal; each repeats what a word or a sign beside it says already. */
export type Paint = Readonly<Record<'red' | 'green' | 'yellow' | 'dim' | 'bold', (text: string) => string>>

/** What is answered: one object for `--json` (none where a question was answered with no), or lines for people. */
export type Report = {
  readonly json?: object
  readonly lines: (paint: Paint) => readonly string[]
  readonly code: ExitCode
}

/** What a deployment would change. */
export type Planned = Report & {
  /** What `edge deploy FILE` is given; only where a plan can be kept. */
  readonly file?: object
}

/** What judges the guarantees that were asked for. */
export type Verified = {
  readonly judgements: readonly Judgement[]
  /** What is amiss beside them. */
  readonly lines: (paint: Paint) => readonly string[]
  /** What is not there keeps no promise, whatever the others still answer. */
  readonly isDown: boolean
  /** What is otherwise than it should be, and no guarantee stands on, in words. */
  readonly amiss?: readonly string[]
}

/** What would be deleted, and what does it. */
export type Doomed = Report & {
  /** What the operator types to agree. */
  readonly name: string
  /** What a script writes instead. */
  readonly inScripts: string
  readonly destroy: () => Promise<Report>
}

export type Choose = (all: readonly BoundCheck[]) => readonly BoundCheck[]

/**
 * Where an instance runs: this machine, or AWS. A verb reads the command line, asks, and shows; all that differs between
 * the two is behind this.
 */
export type Target = {
  /** Throws OperatorError (exit 2) where a component is named of which there is nothing there. */
  readonly plan: (wanted: Wanted) => Promise<Planned>
  /** Brings what runs to what the configuration says. `file`: a plan that was looked at before, and no more than that. */
  readonly apply: (wanted: Wanted, file?: string) => Promise<Report>
  /** Proves guarantees: those whose checks are chosen of all. */
  readonly verify: (choose: Choose) => Promise<Verified>
  readonly status: () => Promise<Report>
  /** What a deletion of the named components takes away; of everything where none is named. */
  readonly doomed: (named: readonly ComponentName[]) => Promise<Doomed>
}
