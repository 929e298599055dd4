/*
 * Receivers of edge's own, each of a kind of Alertmanager's that nobody else is of, so that it is counted by itself. No operator has
 * heard of these kinds: `says` is what they read instead.
 */

/** Whoever takes the alarm that always rings. */
export const aliveReceiver = { name: 'alive', kind: 'discord', says: 'the heartbeat to the outside' } as const

/** That of a drill, where nobody answers. */
export const nowhere = {
  name: 'nowhere',
  kind: 'victorops',
  says: 'the receiver of a drill, where nobody answers,',
  alert: 'undeliverable',
} as const

/** By kind, in the words of an operator. */
export const ownReceivers: ReadonlyMap<string, string> = new Map(
  [aliveReceiver, nowhere].map(({ kind, says }) => [kind, says]),
)

/** The same in a template of Prometheus's, of the kind that is `.` there. */
export const receiverInWords = [...ownReceivers].reduceRight(
  (otherwise, [kind, says]) => `{{ if eq . "${kind}" }}${says}{{ else }}${otherwise}{{ end }}`,
  '{{ . }}',
)
