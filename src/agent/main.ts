import { agent } from './agent.ts'

// What an instance calls that an earlier version brought up, until `edge up` makes it today's.
const file = process.argv[2]
if (file === undefined) throw new Error('usage: main.ts FILE')
await agent(file)
