import { expect, it } from '@jest/globals'

// A large heap ends as slowly on a busy machine.
process.on('exit', () => {
  for (const end = performance.now() + 1_000; performance.now() < end; );
})

it('lets its worker take its time to end', () => {
  expect(process.listenerCount('exit')).toBeGreaterThan(0)
})
