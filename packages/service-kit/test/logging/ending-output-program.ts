/** Ends while a write to the pipe, which is full, is under way. */
import { constants, openSync, writeSync } from 'node:fs'
import { LogOutput } from '../../src/logging/log-output.ts'

const [, , fifo = ''] = process.argv
writeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK), Buffer.alloc(65_536, 'x'))
const fd = openSync(fifo, constants.O_WRONLY)
const output = new LogOutput(() => ({ fd, mayWait: true }))
output.write('under way\n')
output.flushSync()
output.write('held\n')
setTimeout(() => process.exit(3), 50)
