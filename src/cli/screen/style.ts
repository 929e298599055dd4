import { styleText } from 'node:util'
import type { Output } from '../../core/world.ts'

export type Style = ReturnType<typeof style>

/** Colours on a terminal only; each one repeats what a word or a sign beside it says already. */
export function style(output: Output) {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    // NO_COLOR and FORCE_COLOR are looked at by styleText itself.
    output.isTTY ? styleText(format, text, { validateStream: true, stream: process.stdout }) : text
  return {
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    dim: paint('dim'),
    bold: paint('bold'),
  }
}
