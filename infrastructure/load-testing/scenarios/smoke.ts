import { handleSummary, journey, optionsOf } from './journey.ts'

export const options = optionsOf('smoke')
export { handleSummary }
export default journey
