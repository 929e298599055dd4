type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined }

/** What was deployed when something was measured, in words: under anything else the measurement says nothing. */
export type Deployed = Readonly<{ [what: string]: string }>

/** What was measured outside a check: by a drill, by a load test, while a verb did its work. */
export type DrillRecord = {
  /** What measured it. */
  readonly drill: string
  readonly at: string
  readonly facts: Readonly<{ [name: string]: Json }>
  /** In ms. */
  readonly took: number
  readonly of: Deployed
}

/** A record whose file is cut off or edited: what older ones say may be wrong by now, so none stands in for it. */
export type Damaged = { readonly damaged: string }

/** Where records are kept. */
export type Records = {
  /**
   * Undefined before the first one. With `of`: the newest that was measured under that; a damaged one that is newer stands
   * for it, as it may have been.
   */
  readonly newest: (drill: string, of?: Deployed) => Promise<DrillRecord | Damaged | undefined>
  readonly keep: (record: DrillRecord) => Promise<void>
}

/** What differs between the two, in words; undefined where both are the same. */
export function difference(before: Deployed, after: Deployed): string | undefined {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].find(
    (what) => before[what] !== after[what],
  )
  if (changed === undefined) return undefined
  return `${changed} was changed from ${before[changed] ?? 'none'} to ${after[changed] ?? 'none'}`
}
