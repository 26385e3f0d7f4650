import { limitHeap } from '../../src/memory/heap-limit.ts'

limitHeap('forwarder-api', process.env)
const { heapLimit } = await import('../../src/memory/heap-limit.ts')
process.stdout.write(JSON.stringify({ pid: process.pid, heap: heapLimit(), args: process.argv.slice(2) }))
