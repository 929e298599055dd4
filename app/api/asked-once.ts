/** A release changes what everybody may read, and the replica that it is read from may be a moment behind anyway. */
const second = 1000

/**
 * Asks once for all who want to know within a second, counted from when it was asked: under load the same few questions
 * come dozens of times a second. What cannot be answered is kept for nobody, and who comes next asks anew.
 */
export function askedOnce<Value>(
  ask: () => Promise<Value>,
  forMs: number = second,
  now: () => number = () => performance.now(),
): () => Promise<Value> {
  let asked: { readonly at: number; readonly answer: Promise<Value>; pending: boolean } | undefined
  return () => {
    if (asked && (asked.pending || now() - asked.at < forMs)) return asked.answer
    const mine = { at: now(), answer: ask(), pending: true }
    asked = mine
    const settle = (isKept: boolean) => () => {
      mine.pending = false
      if (!isKept && asked === mine) asked = undefined
    }
    mine.answer.then(settle(true), settle(false))
    return mine.answer
  }
}
