import type { Composed } from '../../infrastructure/compose.ts'

type Advised = Pick<Composed, 'advice'>

/** What is allowed, and hardly what the operator wants, as lines below what a verb shows; none where there is nothing. */
export const adviceLines = ({ advice }: Advised, paint: (text: string) => string): readonly string[] =>
  advice.map((line) => `  ${paint('!')} ${line}`)

export const adviceJson = ({ advice }: Advised): { readonly advice?: readonly string[] } =>
  advice.length === 0 ? {} : { advice }
