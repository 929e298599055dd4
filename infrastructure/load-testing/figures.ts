/** `505 ms` */
export const ms = (value: number): string => `${Math.round(value)} ms`
/** `0.5 %` */
export const percent = (value: number): string => `${Math.round(value * 10) / 10} %`

/** `45 s`, `12 min`, `3 h 5 min` */
export function lasting(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
