/**
 * Whether an emulator answers in place of AWS, in the words and at the place of the SDK: it reads the environment of the
 * process, whatever a verb was given.
 */
export const onEmulator = (): boolean => process.env['AWS_ENDPOINT_URL'] !== undefined
