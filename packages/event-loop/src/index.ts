export { BoundedMemo } from './bounded-memo.ts'
export {
  convertInTurns,
  filterInTurns,
  stepsInTurns,
  writeInTurns,
  writeObjectInTurns,
  writeSectionsInTurns,
} from './long-lists.ts'
export { andThen, isPromise, type MaybePromise } from './maybe-promise.ts'
export { TimeSlices } from './time-slices.ts'
export { type Batched, TurnBatch } from './turn-batch.ts'
export { type Job, Turns } from './turns.ts'
export { WorkTime } from './work-time.ts'
