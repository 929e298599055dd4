import { besideTopics, type OwnFunction } from '../../../src/core/own-function.ts'

/** The functions of the site's stack, and when somebody is called about them. */
export const siteFunctions = (given: { readonly hasWebhook: boolean }): readonly OwnFunction[] =>
  besideTopics(given, { before: 'site-', region: 'us-east-1' })
