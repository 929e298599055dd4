import { OperatorError } from '../../core/errors.ts'
import type { Engine, InTurn, Plan } from '../../core/plan.ts'
import type { World } from '../../core/world.ts'

type Restart = { readonly run: () => Promise<void>; readonly fail: (error: unknown) => void }
type Group = { readonly undecided: Set<string>; readonly restarts: Map<string, Restart> }

/**
 * Restarts of engines that stand in for each other. They are collected until each of the group is looked at, so that
 * the group itself can say who goes first, and what is done meanwhile.
 */
export class Turns {
  readonly #groups: ReadonlyMap<InTurn, Group>
  readonly #world: World

  constructor(plan: Plan, world: World) {
    const engines = plan.filter((part) => part.kind === 'engine')
    const groups = Map.groupBy(engines, ({ inTurn }) => inTurn)
    this.#groups = new Map(
      [...groups].flatMap(([inTurn, members]): readonly [InTurn, Group][] =>
        inTurn ? [[inTurn, { undecided: new Set(members.map(({ name }) => name)), restarts: new Map() }]] : [],
      ),
    )
    this.#world = world
  }

  /** Resolves with what the restart answers, which is at once where the engine is in no group. */
  async restart<Result>(engine: Engine, restart: () => Promise<Result>): Promise<Result> {
    const group = engine.inTurn && this.#groups.get(engine.inTurn)
    if (!group) return restart()
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const run = async (): Promise<void> => {
      try {
        resolve(await restart())
      } catch (error) {
        reject(error)
        throw error
      }
    }
    group.restarts.set(engine.name, { run, fail: reject })
    this.decided(engine)
    return promise
  }

  /** Nothing more is to be expected of this engine: it runs, was restarted, failed or is passed over. */
  decided(engine: Engine): void {
    const { inTurn } = engine
    const group = inTurn && this.#groups.get(inTurn)
    if (!inTurn || !group?.undecided.delete(engine.name)) return
    if (group.undecided.size === 0 && group.restarts.size > 0) void this.#run(inTurn, group.restarts)
  }

  async #run(inTurn: InTurn, restarts: Group['restarts']): Promise<void> {
    const functions = new Map([...restarts].map(([name, { run }]) => [name, run]))
    const left = await inTurn(functions, this.#world).then(
      () => 'was not restarted',
      (error: unknown) => error,
    )
    // Those whose turn did not come; the others have their own answer already.
    for (const [name, { fail }] of restarts)
      fail(left instanceof Error ? left : new OperatorError(name, String(left), `edge logs ${name}`))
  }
}
