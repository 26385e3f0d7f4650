import 'reflect-metadata'
import { main } from '@mtls-gateway/service-kit'
import { tuneHeap } from './heap.ts'
import { start } from './start.ts'

tuneHeap()
await main(() => start(process.env))
