type Sample = readonly [labels: string, value: number]

/** One figure with its samples, in the text form of Prometheus; nothing where there are none. */
export const metric = (name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string =>
  samples.length === 0
    ? ''
    : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map(([labels, value]) => `${name}${labels} ${value}\n`).join('')}`
