/** Where the stack of the site is found: all that a release needs to know of it. */
export const siteStack = {
  component: 'cdn',
  name: 'cdn',
  // Certificates, metrics, alarms and access logs of a distribution exist there alone.
  region: 'us-east-1',
} as const
