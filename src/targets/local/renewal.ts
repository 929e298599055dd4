import type { X509Certificate } from 'node:crypto'
import { dayMs } from '../../core/units.ts'

/** What cdn.certificate promises at least; a test holds the two together. */
export const promisedDays = 30
/** Ten days for whoever has to mend what keeps an order from being fulfilled, where the lifetime has room for them. */
const orderBelowDays = 40

export const daysLeft = (certificate: X509Certificate, now: Date): number =>
  (certificate.validToDate.getTime() - now.getTime()) / dayMs

export const lifetimeDays = (certificate: X509Certificate): number =>
  (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / dayMs

/**
 * With so many days left a certificate of this lifetime (in days) is ordered anew: with 40, or halfway between its
 * beginning and the promise that would break, whichever is later. One that is too short-lived to keep the promise is
 * renewed as its authorities advise, after two thirds of its lifetime.
 */
export function renewAtDaysLeft(lifetime: number): number {
  if (lifetime <= promisedDays) return lifetime / 3
  return Math.min(orderBelowDays, (lifetime + promisedDays) / 2)
}
