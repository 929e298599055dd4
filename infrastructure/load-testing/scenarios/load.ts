import { handleSummary, journey, optionsOf } from './journey.ts'

export const options = optionsOf('load')
export { handleSummary }
export default journey
