import { styleText } from 'node:util'
import type { Output } from '../../core/world.ts'

/** Colours on a terminal only; each one repeats what a word or a sign beside it says already. */
export function style(output: Output) {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    // NO_COLOR and FORCE_COLOR are looked at by styleText itself.
    output.isTTY && output.stream ? styleText(format, text, { validateStream: true, stream: output.stream }) : text
  return {
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    dim: paint('dim'),
    bold: paint('bold'),
  }
}
