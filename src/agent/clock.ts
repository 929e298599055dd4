import { metric } from '../core/metric.ts'

/** So long a jump of the clock is told of. */
const toldForMs = 10 * 60_000

type Now = { readonly wall: number; readonly steady: number }
const now = (): Now => ({ wall: Date.now(), steady: performance.now() })

/** Notices when somebody sets the clock: it goes on otherwise than a clock that nobody can set. */
export class ClockWatch {
  #last: Now
  #jump: { readonly at: number; readonly seconds: number } | undefined

  constructor(first = now()) {
    this.#last = first
  }

  /** To be called often: what is slewed a little each time is no jump. */
  look({ wall, steady }: Now = now()): void {
    const seconds = (wall - this.#last.wall - (steady - this.#last.steady)) / 1000
    this.#last = { wall, steady }
    const isOver = this.#jump === undefined || steady - this.#jump.at > toldForMs
    if (isOver) this.#jump = undefined
    if (Math.abs(seconds) > Math.max(0.5, Math.abs(this.#jump?.seconds ?? 0))) this.#jump = { at: steady, seconds }
  }

  /** In the text form of Prometheus. */
  figures(): string {
    const help = 'The largest jump of the clock within ten minutes.'
    return metric('edge_clock_jump_seconds', 'gauge', help, [['', this.#jump?.seconds ?? 0]])
  }
}
