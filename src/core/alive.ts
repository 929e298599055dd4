/** Who notices elsewhere that this machine calls no more. */
export type Outside = { readonly url: string; readonly ca?: string | undefined }

/** Where the alarm comes in that always rings. */
export const alivePath = '/alive'
