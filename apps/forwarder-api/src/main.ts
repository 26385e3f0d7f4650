import 'reflect-metadata'
import { setFlagsFromString } from 'node:v8'
import { main } from '@mtls-gateway/service-kit'
import { start } from './start.ts'

// Idle for some seconds, V8 would compact the whole heap, 60 to 90 ms at a stretch, and shrink the young generation, so that the next
// calls pay for full collections again. Memory that has been had once is kept instead.
setFlagsFromString('--memory-reducer-gc-count=0')

await main(() => start(process.env))
