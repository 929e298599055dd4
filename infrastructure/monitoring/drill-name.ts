/** The name of an alarm's drill: `replica-lag` of `replicaLag`. */
export const drillNameOf = (alarm: string): string => alarm.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
