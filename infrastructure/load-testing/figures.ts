/** `505 ms` */
export const ms = (value: number): string => `${Math.round(value)} ms`
/** `0.5 %` */
export const percent = (value: number): string => `${Math.round(value * 10) / 10} %`
