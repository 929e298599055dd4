/**
 * What is asked without TLS. Imported like any other module, node:http has each of its exports read, and its WebSocket
 * loads a whole second client: 25 ms, a tenth of what a rollback may take.
 */
export const { Agent, request } = process.getBuiltinModule('node:http')
