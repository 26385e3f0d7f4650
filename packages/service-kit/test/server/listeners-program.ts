/**
 * Prints how many bytes of the old generation each of many dead event emitters takes, after as many live ones, and
 * keeps the highest of five rounds. The argument `tuned` applies a service's heap settings.
 */
import { EventEmitter } from 'node:events'
import { getHeapSpaceStatistics } from 'node:v8'
import { tuneHeap } from '../../src/server/main.ts'

const count = 100_000
if (process.argv[2] === 'tuned') tuneHeap()

function emitter(): EventEmitter {
  return new EventEmitter().once('close', () => {}).once('close', () => {})
}

function oldBytes(): number {
  // Live objects grow old first.
  for (let times = 0; times < 3; times++) globalThis.gc?.({ type: 'minor' })
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

const living: EventEmitter[] = []
let most = 0
for (let round = 0; round < 5; round++) {
  for (let made = 0; made < count; made++) living.push(emitter())
  const before = oldBytes()
  for (let made = 0; made < count; made++) emitter()
  most = Math.max(most, (oldBytes() - before) / count)
}
console.log(most)
