import { serve } from './serve.ts'

// What configurations of earlier versions name; start.js does the same with less memory.
await serve()
