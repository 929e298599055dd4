/** Who notices elsewhere that this machine calls no more. */
export type Outside = { readonly url: string; readonly ca?: string | undefined }

/** The alarm that always rings. */
export const aliveAlert = 'alive'

/** Where it comes in. */
export const alivePath = '/alive'
