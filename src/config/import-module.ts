import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { registerHooks, type ResolveFnOutput, type ResolveHookContext } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Imports a file and what it imports as ES modules. Node asks the nearest package.json what a .ts or .js file is: that of
 * an app which is no module made a configuration CommonJS, whose first `export` is a mistake, and one that says nothing
 * made Node guess, with a warning on every call (MODULE_TYPELESS_PACKAGE_JSON).
 */
export async function importModule(address: URL): Promise<unknown> {
  const known = new Set([address.href])
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const isFirst = specifier === address.href
      const isMeant = isFirst || (known.has(context.parentURL ?? '') && context.conditions.includes('import'))
      if (!isMeant) return next(specifier, context)
      const resolved = typeScriptFile(specifier, context) ?? asModule(next(specifier, context), isFirst)
      known.add(resolved.url)
      return resolved
    },
  })
  try {
    return await import(address.href)
  } finally {
    hooks.deregister()
  }
}

/** Found without a look at any package.json: even one that cannot be read does not matter to it. */
function typeScriptFile(specifier: string, { parentURL }: ResolveHookContext): ResolveFnOutput | undefined {
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined
  const url = new URL(specifier, parentURL)
  const path = fileURLToPath(url)
  if (!/^\.m?ts$/.test(extname(path)) || !existsSync(path)) return undefined
  // As Node does it: what a link leads to is found from there.
  const real = pathToFileURL(realpathSync(path))
  real.search = url.search
  return { url: real.href, format: 'module-typescript', shortCircuit: true }
}

/** A package's own word counts for the JavaScript that is imported, and where it says nothing, how that is written. */
function asModule(resolved: ResolveFnOutput, isFirst: boolean): ResolveFnOutput {
  const { url, format } = resolved
  const isSaid = format !== null && format !== undefined && !isFirst
  if (!url.startsWith('file:') || isSaid) return resolved
  const path = fileURLToPath(url)
  if (extname(path) === '.ts') return { ...resolved, format: 'module-typescript' }
  const isModule = extname(path) === '.js' && /^\s*(?:export\b|import\b(?!\s*[(.]))/m.test(readFileSync(path, 'utf8'))
  return isModule ? { ...resolved, format: 'module' } : resolved
}
