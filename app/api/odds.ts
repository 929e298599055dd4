/** What a bookmaker would add to each probability; chosen by us, shown with every price. */
export const margin = 0.05

/** No bookmaker offers a price at which a won bet loses money; the formula alone would, above p = 0.943. */
export const lowestOdds = 1.01

export const formula = 'decimal odds = 1 / (p × (1 + 0.05)), at least 1.01'

/** Decimal odds (2 decimals) for a probability strictly between 0 and 1; undefined for any other, which has no price. */
export function decimalOdds(probability: number): number | undefined {
  if (!(probability > 0 && probability < 1)) return undefined
  const odds = 1 / (probability * (1 + margin))
  return Math.max(lowestOdds, Math.round(odds * 100) / 100)
}
