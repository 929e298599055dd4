import type { Configuration } from '../src/config/schema.ts'
import type { Instance } from '../src/core/instance.ts'
import { siteTls } from '../src/targets/local/site-certificate.ts'
import { siteOf, type Site } from './cdn/site.ts'

/** The site of an instance, as its configuration has it served. */
export function siteOfInstance(instance: Instance, { serve }: Pick<Configuration, 'serve'>): Site {
  return siteOf(instance, { domain: serve.domain, tls: siteTls(instance.state, serve.certificate) })
}
