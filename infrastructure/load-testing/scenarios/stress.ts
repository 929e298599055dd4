import { handleSummary, journey, optionsOf } from './journey.ts'

export const options = optionsOf('stress')
export { handleSummary }
export default journey
