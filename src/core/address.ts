const usual = { https: 443, http: 80 } as const

/** What stands behind a host's name in an address: nothing where the port is the usual one. */
export const portSuffix = (scheme: keyof typeof usual, port: number): string =>
  port === usual[scheme] ? '' : `:${port}`
