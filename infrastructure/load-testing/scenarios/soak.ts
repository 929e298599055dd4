import { handleSummary, journey, optionsOf } from './journey.ts'

export const options = optionsOf('soak')
export { handleSummary }
export default journey
