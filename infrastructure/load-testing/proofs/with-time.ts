import type { Result } from '../result.ts'

type Judged = { readonly verdict?: Result['verdict'] | undefined; readonly reasons?: readonly string[] }

/**
 * What a short run of a test comes to where it was invalid for want of processors: the same without that reason. Other tests
 * run beside it, and that such a run is invalid has a test of its own.
 */
export function withTime({ verdict, reasons = [] }: Judged) {
  const others = reasons.filter((reason) => !reason.includes('of the processors were free'))
  if (verdict !== 'invalid' || others.length === reasons.length) return { verdict, reasons }
  return { verdict: others.length === 0 ? ('passed' as const) : ('failed' as const), reasons: others }
}
