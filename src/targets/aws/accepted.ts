/** What a validator has against a stack and stays as it is, with the reason. One that no validator finds fails a test. */
export type Accepted = { readonly rule: string; readonly resource: string; readonly because: string }
