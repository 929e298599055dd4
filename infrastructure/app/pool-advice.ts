/** What the pool and PostgreSQL answer where an app wants more of the transaction door than that has. */
const refusals = [/unsupported startup parameter/, /(prepared statement|cursor) (".*" )?does not exist/]

/** Where to turn, by the last words of a process: the pool's own say what is refused, and not what there is instead. */
export function poolAdvice(lastWords: string): readonly string[] {
  return refusals.some((refusal) => refusal.test(lastWords))
    ? [
        'DATABASE_URL gives each transaction another connection: tell the driver so (docs/your-app.md has its setting)',
        'or use DATABASE_SESSION_URL, which keeps one connection for each client',
      ]
    : []
}
