/** Whether it could be done, for whoever does something else where it could not, whatever the reason was. */
export const succeeded = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )
