import type { Configuration } from '../src/config/schema.ts'
import { exit, OperatorError } from '../src/core/errors.ts'
import type { MeasuredOnAws } from '../src/core/alarm.ts'
import { alarmsOfFunctions } from '../src/core/own-function.ts'
import { stackName } from '../src/targets/aws/describe-stack.ts'
import { alarmsOnAws } from './aws-alarms.ts'
import { measuredOfJobs } from './backup/aws/measured.ts'
import { recoverDays } from './backup/aws/retention.ts'
import { cdnAlarms } from './cdn/alarms.ts'
import type { CdnNeedsOnAws } from './cdn/aws/room.ts'
import { siteStack } from './cdn/aws/site-stack.ts'
import { databaseAlarmsOnAws } from './database/alarms.ts'
import type { NetworkSettings } from './database/aws/network.ts'
import type { Shown } from './monitoring/aws/dashboard.ts'
import { watchedInRegion } from './monitoring/aws/watched-functions.ts'
import { severityOfAlarm } from './monitoring/severity.ts'
import { siteFunctions } from './cdn/aws/own-functions.ts'
import { functionsOfStacks } from './own-functions.ts'
import type { StackName, StackOf } from './rooms.ts'
import { visitorsOf } from './visitors-on-aws.ts'

type Provides<Stack> = Stack extends { readonly provides: (outputs: never) => infer Its } ? Its : never
/** One that may be nowhere provides nothing then. */
type ProvidesOf<Stack> = Stack extends { readonly region: 'copies' } ? Provides<Stack> | undefined : Provides<Stack>
/** Its alarms, and those about its functions, are handed to each stack that measures something. */
type NeedsOf<Stack> = Stack extends {
  readonly define: (app: never, frame: never, settings: never, needs: infer Needs) => void
}
  ? Omit<Needs, 'alarms' | 'silent'>
  : never

/** What a stack may be given: the configuration, and what others provide that are deployed before it. */
export type GivenOnAws = {
  readonly configuration: Configuration
  /** What the dashboard shows of every stack. */
  readonly watched: readonly Shown[]
  /** What another stack provides; it has to be among those that come first. */
  readonly stack: <Name extends StackName>(name: Name) => ProvidesOf<StackOf<Name>>
}

type Line<Needs> = {
  /** Stacks that are deployed first. */
  readonly after?: readonly StackName[]
  readonly given: (given: GivenOnAws) => Needs
}

/** Who provides what to whom on AWS. A stack that takes nothing has no line here; with one missing it does not compile. */
export const needsOnAws: {
  readonly [Name in StackName as keyof NeedsOf<StackOf<Name>> extends never ? never : Name]: Line<
    NeedsOf<StackOf<Name>>
  >
} = {
  monitoring: {
    given: ({ configuration, configuration: { name, aws }, watched }) => ({
      called: aws.notify,
      watched,
      functions: functionsOfStacks,
      reminded: [
        remindedOf(configuration, 'database', databaseAlarmsOnAws),
        remindedOf(configuration, 'backup', measuredOfJobs),
        {
          alarms: watchedInRegion({ called: aws.notify, functions: functionsOfStacks }),
        },
      ],
      // Its alarms are in its own region: what is to be seen of them here is asked for there.
      site: {
        stack: stackName(name, siteStack.name),
        region: siteStack.region,
        alarms: alarmsOnAws(configuration, cdnAlarms),
        functions: alarmsOfFunctions(siteFunctions({ hasWebhook: aws.notify.webhookSecret !== undefined })),
      },
    }),
  },

  database: {
    given: ({ configuration: { aws, backup } }) => ({
      network: networkOf(aws.network),
      recoverDays: recoverDays(backup),
    }),
  },

  backup: {
    after: ['database', 'backup-copies'],
    given: ({ stack }) => ({ database: stack('database'), copies: stack('backup-copies') }),
  },

  cdn: {
    given: ({ configuration }) => {
      const { aws, serve, site } = configuration
      return {
        own: aws.certificate === undefined ? undefined : { domain: serve.domain, certificate: aws.certificate },
        api: apiOf(site),
        called: aws.notify,
        remindEvery: configuration.monitoring.notify.remindEvery,
        visitors: visitorsOf(configuration),
      }
    },
  },
}

/** The alarms of a stack, for what reminds of them. */
const remindedOf = (configuration: Configuration, stack: string, measured: readonly MeasuredOnAws[]) => ({
  stack: `${configuration.name}-${stack}`,
  alarms: alarmsOnAws(configuration, measured).map((alarm) => ({ ...alarm, severity: severityOfAlarm(alarm) })),
})

const networkOf = ({ vpc, subnets, admits }: Configuration['aws']['network']): NetworkSettings => ({
  admits,
  ...(vpc === undefined ? {} : { existing: { vpc, subnets } }),
})

function apiOf({ api }: Configuration['site']): CdnNeedsOnAws['api'] {
  if (!api) return undefined
  if ('url' in api) return { url: new URL(api.url), timeout: api.timeout }
  throw new OperatorError(
    'site.api',
    'on AWS the API runs elsewhere for now: CloudFront asks it over HTTPS',
    "site: { api: { url: 'https://api.example.com' } }, or leave site.api out",
    exit.usage,
  )
}
