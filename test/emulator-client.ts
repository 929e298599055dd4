/** What a client of AWS's SDK is told for it to ask an emulator, which looks at the region, and lets everybody in. */
export const clientOf = (endpoint: string, region = 'us-east-1') => ({
  region,
  endpoint,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})
