import { interruptedUp } from './interrupted-up.ts'

interruptedUp({ kills: 10, interruptions: 3 })
