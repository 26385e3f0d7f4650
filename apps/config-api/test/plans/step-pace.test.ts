import { expect, it } from '@jest/globals'
import { StepPace } from '../../src/plans/step-pace.ts'

const { signal } = new AbortController()

it('a step begins a while after the one before, and after a test later', async () => {
  const pace = new StepPace()
  const began = performance.now()
  await pace.turn(signal)
  await pace.turn(signal)
  expect(performance.now() - began).toBeGreaterThanOrEqual(99)
  pace.restAfterTest()
  await pace.turn(signal)
  expect(performance.now() - began).toBeGreaterThanOrEqual(1_098)
})

it('who waits for its turn does so no longer once the service stops', async () => {
  const pace = new StepPace()
  await pace.turn(signal)
  pace.restAfterTest()
  await expect(pace.turn(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
})
