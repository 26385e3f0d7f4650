import 'reflect-metadata'
import { setFlagsFromString } from 'node:v8'
import { main } from '@mtls-gateway/service-kit'
import { start } from './start.ts'

// A collection of the whole heap takes 100 ms of a core, in which calls wait. V8 likes to have many of them: while there is little to do
// it compacts the heap and shrinks the young generation, and where little grows old it marks as soon as the heap has grown by a tenth.
// Memory that has been had once is kept instead, and the heap may grow to four times what was alive (less near V8's limit).
setFlagsFromString('--memory-reducer-gc-count=0')
setFlagsFromString('--heap-growing-percent=300')

await main(() => start(process.env))
