import { OperatorError } from '../../core/errors.ts'

/** A stack does not answer what another one, a check or a verb needs of it. */
export class MissingOutput extends OperatorError {}

/** What a deployed stack answers, by name. */
export class Outputs {
  readonly #values: ReadonlyMap<string, string>
  readonly #missing: (name: string) => MissingOutput

  constructor(values: ReadonlyMap<string, string>, missing: (name: string) => MissingOutput) {
    this.#values = values
    this.#missing = missing
  }

  /** Undefined where the stack does not have it. */
  find(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** Throws MissingOutput where the stack does not have it: another version of edge deployed it. */
  get(name: string): string {
    const value = this.find(name)
    if (value === undefined) throw this.#missing(name)
    return value
  }
}
