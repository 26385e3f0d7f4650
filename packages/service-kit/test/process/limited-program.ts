import { limitHeap } from '../../src/process/memory-limit.ts'

limitHeap('forwarder-api', process.env)
const { heapLimit } = await import('../../src/process/memory-limit.ts')
process.stdout.write(JSON.stringify({ pid: process.pid, heap: heapLimit(), args: process.argv.slice(2) }))
